/**
 * Prompts that show parts of clips: each clip's tracks are the same objects in all of them, so that towers read them once.
 * A prompt is a question alone. System messages and instructions tell how completions are written, and no completion is.
 */
import type { PromptRoot } from '../batch/index.js';
import { clipKey, type Sample } from '../data/index.js';
import type { ClipFeatures, OmniModel } from '../omni/index.js';
import { ClipTokens, type ShownSlots } from './clip-tokens.js';
import type { AskedPrompt } from './likelihoods.js';
import type { Memo } from './memo.js';

/** Mel frames a second (`media.logMel`). */
const melRate = 100;

/** A clip as a model takes it, and its prompts so far. */
interface Clip {
  tracks: ReturnType<OmniModel['processor']['tracks']>;
  whole: PromptRoot;
  tokens: ClipTokens;
  parts: Map<string, PromptRoot>;
}

export class ClipPrompts {
  private readonly model: Pick<OmniModel, 'graph' | 'processor'>;
  private readonly features: ReadonlyMap<string, ClipFeatures>;
  private readonly ids: Memo<readonly number[]>;
  private readonly clips = new Map<string, Clip>();
  private bare: PromptRoot | undefined;

  /**
   * Its tensors belong to the scope in which prompts are first asked for.
   * @param features by `clipKey`
   * @param ids of questions
   */
  constructor(
    model: Pick<OmniModel, 'graph' | 'processor'>,
    features: ReadonlyMap<string, ClipFeatures>,
    ids: Memo<readonly number[]>,
  ) {
    this.model = model;
    this.features = features;
    this.ids = ids;
  }

  /** The tokens of a sample's clip; null where the clip is not there. */
  tokensOf(sample: Sample): ClipTokens | null {
    return this.clipOf(sample)?.tokens ?? null;
  }

  /** A question about what is shown of the sample's clip, which is there. @param shown null: no media */
  of(sample: Sample, shown: ShownSlots | null): AskedPrompt {
    const clip = this.clipOf(sample) as Clip;
    const { processor } = this.model;
    const { id, question, options, history } = sample;
    const asked = { id, question, options, history };
    const view = shown === null ? 'none' : 'av';
    const { pictures, sound } = clip.tracks.has;
    const key = JSON.stringify([view, pictures, sound, question, options, history]);
    const ids = this.ids.of(key, () => processor.question(asked, clip.tracks, view));
    if (shown !== null) return { root: partOf(clip, shown), question: ids };
    this.bare ??= processor.root(clip.tracks, 'none');
    return { root: this.bare, question: ids };
  }

  private clipOf(sample: Sample): Clip | undefined {
    const key = clipKey(sample);
    const known = this.clips.get(key);
    const features = this.features.get(key);
    if (known !== undefined || features === undefined) return known;
    const { graph, processor } = this.model;
    const tracks = processor.tracks(features, graph.headWeight.device);
    const whole = processor.root(tracks, 'av');
    const tokens = new ClipTokens(whole.spans, features.duration, (features.audio?.frames ?? 0) / melRate);
    const clip = { tracks, whole, tokens, parts: new Map<string, PromptRoot>() };
    this.clips.set(key, clip);
    return clip;
  }
}

function partOf({ whole, tokens, parts }: Clip, slots: ShownSlots): PromptRoot {
  const key = JSON.stringify([slots.vision, slots.audio]);
  const part = parts.get(key) ?? { ...whole, shown: tokens.tokens(slots) };
  parts.set(key, part);
  return part;
}
