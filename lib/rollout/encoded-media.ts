/** The tokens that the towers made of clips, for all prompts and views that show them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type AudioInput,
  type EncodedTracks,
  joinAudio,
  joinVision,
  mediaTokens,
  type Prompt,
  type VisionInput,
} from '../batch/index.js';
import type { ModelGraph } from '../models/index.js';
import { noGrad, scope, type Tensor } from '../tensor/index.js';

/** Tokens that a graph and its weights at the start of a training have in common. */
interface SharedMedia {
  graph: object;
  tokens: EncodedTracks;
}

const shared = new AsyncLocalStorage<SharedMedia>();

/** Calls `run`; whatever asks the graph of the training's start within it need not encode these tracks again. */
export function sharingMedia<T>(media: SharedMedia, run: () => T): T {
  return shared.run(media, run);
}

/** Of the training in whose step the caller runs. */
export function sharedMedia(): SharedMedia | undefined {
  return shared.getStore();
}

export class EncodedMedia {
  /** By track. The tensors belong to the scope in which `encode` made them. */
  readonly tokens = new Map<VisionInput | AudioInput, Tensor>();
  /** Tracks that passed a tower. */
  readonly counts = { vision: 0, audio: 0 };
  private readonly graph: Pick<ModelGraph, 'encodeMedia' | 'headWeight'>;
  private readonly ofSources = new Map<object, Tensor>();

  /** @param known tokens that the graph would make of tracks too, found by the sources of these */
  constructor(graph: Pick<ModelGraph, 'encodeMedia' | 'headWeight'>, known: EncodedTracks = new Map()) {
    this.graph = graph;
    for (const [{ source }, tokens] of known) if (source !== undefined) this.ofSources.set(source, tokens);
  }

  /** Runs each tower once, without gradients, over the prompts' tracks that it has not seen. */
  encode(prompts: readonly Pick<Prompt, 'root'>[]): void {
    const vision = this.unseen<VisionInput>(prompts, 'vision');
    const audio = this.unseen<AudioInput>(prompts, 'audio');
    if (vision.size + audio.size === 0) return;
    const { device } = this.graph.headWeight;
    const media = scope(() =>
      noGrad(() =>
        this.graph.encodeMedia({
          ...(vision.size > 0 && { vision: joinVision([...vision.keys()], device) }),
          ...(audio.size > 0 && { audio: joinAudio([...audio.keys()], device) }),
        }),
      ),
    );
    this.add(vision, media.vision);
    this.add(audio, media.audio);
    this.counts.vision += vision.size;
    this.counts.audio += audio.size;
  }

  /** Tracks of one kind without tokens, and how many each becomes. */
  private unseen<T extends VisionInput | AudioInput>(
    prompts: readonly Pick<Prompt, 'root'>[],
    kind: 'vision' | 'audio',
  ): Map<T, number> {
    const tracks = new Map<T, number>();
    for (const { root } of prompts) {
      const track = root[kind] as T | undefined;
      if (track === undefined || this.tokens.has(track)) continue;
      const known = track.source && this.ofSources.get(track.source);
      if (known !== undefined) this.tokens.set(track, known);
      else tracks.set(track, mediaTokens(root.spans)[kind]);
    }
    return tracks;
  }

  private add(tracks: ReadonlyMap<VisionInput | AudioInput, number>, joined: Tensor | undefined): void {
    let start = 0;
    for (const [track, count] of tracks) {
      this.tokens.set(track, (joined as Tensor).narrow(0, start, count));
      start += count;
    }
  }
}
