/** Prompts that show parts of clips: each clip's tracks are the same objects in all of them, so that towers read them once. */
import type { PromptRoot } from '../batch/index.js';
import { clipKey, type Sample } from '../data/index.js';
import type { ClipFeatures, OmniModel } from '../omni/index.js';
import { ClipTokens, type ShownSlots, tokensOf } from './clip-tokens.js';
import type { AskedPrompt } from './likelihoods.js';

type Tracks = ReturnType<OmniModel['processor']['tracks']>;

/** Mel frames a second (`media.logMel`). */
const melRate = 100;

export class ClipPrompts {
  private readonly model: Pick<OmniModel, 'graph' | 'processor'>;
  private readonly clips: ReadonlyMap<string, ClipFeatures>;
  private readonly tracks = new Map<string, Tracks>();
  private readonly roots = new Map<string, PromptRoot>();

  /** Its tensors belong to the scope in which prompts are first asked for. @param clips by `clipKey` */
  constructor(model: Pick<OmniModel, 'graph' | 'processor'>, clips: ReadonlyMap<string, ClipFeatures>) {
    this.model = model;
    this.clips = clips;
  }

  /** The tokens of a sample's clip; null where the clip is not there. */
  tokensOf(sample: Sample): ClipTokens | null {
    const clip = this.clips.get(clipKey(sample));
    if (clip === undefined) return null;
    return new ClipTokens(this.whole(sample).spans, clip.duration, (clip.audio?.frames ?? 0) / melRate);
  }

  /** A question about what is shown of the sample's clip. @param shown null: no media */
  of(sample: Sample, shown: ShownSlots | null): AskedPrompt {
    const view = shown === null ? 'none' : 'av';
    const question = this.model.processor.question(sample, this.tracksOf(sample), view);
    return { root: shown === null ? this.bare(sample) : this.part(sample, shown), question };
  }

  private part(sample: Sample, slots: ShownSlots): PromptRoot {
    const shown = tokensOf(slots);
    return this.root([clipKey(sample), sample.system, shown], () => ({ ...this.whole(sample), shown }));
  }

  private whole(sample: Sample): PromptRoot {
    return this.root([clipKey(sample), sample.system], () =>
      this.model.processor.root(this.tracksOf(sample), 'av', sample),
    );
  }

  private bare(sample: Sample): PromptRoot {
    return this.root([sample.system], () => this.model.processor.root(this.tracksOf(sample), 'none', sample));
  }

  private root(parts: readonly unknown[], make: () => PromptRoot): PromptRoot {
    const key = JSON.stringify(parts);
    const root = this.roots.get(key) ?? make();
    this.roots.set(key, root);
    return root;
  }

  private tracksOf(sample: Sample): Tracks {
    const key = clipKey(sample);
    const { graph, processor } = this.model;
    const clip = this.clips.get(key) as ClipFeatures;
    const tracks = this.tracks.get(key) ?? processor.tracks(clip, graph.headWeight.device);
    this.tracks.set(key, tracks);
    return tracks;
  }
}
