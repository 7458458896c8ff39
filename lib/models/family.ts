/** A model family: from its configuration to its graph, its files and what it takes of a clip. */
import type { AudioInput, MediaSpan, VisionInput } from '../batch/index.js';
import type { DType, Tensor } from '../tensor/index.js';
import type { KeyMap } from './checkpoint/key-map.js';
import type { TiedHead } from './checkpoint/tied-head.js';
import type { FamilyGraph } from './graph.js';

export type Medium = 'text' | 'image' | 'video' | 'audio';

/** What is wrong in a configuration, as an error that names where it stands. */
export type ConfigFailure = (problem: string) => Error;

export interface ModelFamily<Config extends object = object> {
  readonly family: string;
  /** `model_type` in config.json. */
  readonly modelTypes: readonly [string, ...string[]];
  readonly what: readonly Medium[];
  /** Checks config.json and fills in its defaults. @throws what `fail` makes, for each field that is wrong */
  parseConfig(json: object, fail?: ConfigFailure): Config;
  parameterCount(config: Config): number;
  /** A graph with fresh weights, drawn from the default generator. On `meta` (`nn.withFactory`) it has none. */
  build(config: Config): FamilyGraph;
  /** Names of weights and modules in files. */
  readonly keys: KeyMap;
  /** The head, where the configuration ties it to the embedding table. */
  tiedHead(config: Config): TiedHead<Config> | null;
  /** Fields of config.json that tell how weights are stored; readers of the format go by them. */
  weightFields?(dtype: DType): object;
  media(config: Config): MediaRules;
}

/** What a model takes of a clip, and how that becomes the input of its towers. null: it takes no video, or no audio. */
export interface MediaRules {
  readonly video: VideoRules | null;
  readonly audio: AudioRules | null;
  /** What the chat template writes in the place of media. */
  readonly placeholders: readonly string[];
}

export type VideoSpan = Extract<MediaSpan, { kind: 'video' }>;

export interface VideoRules {
  /** Sides of frames are multiples of it, in pixels. */
  readonly step: number;
  /**
   * @param frames normalised, [frames, 3, height, width]
   * @param times seconds on the clip's clock at which each frame appears
   */
  toInput(frames: Tensor, times: readonly number[]): { input: VisionInput; span: VideoSpan };
}

export interface AudioRules {
  readonly melBins: number;
  /** The fewest mel frames of which one token comes. */
  readonly minFrames: number;
  /** @param mel log-mel, [melBins, frames] */
  toInput(mel: Tensor): { input: AudioInput; tokens: number };
}
