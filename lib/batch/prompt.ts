/** A sample as a model is asked it, in one view. */
import type { Tensor } from '../tensor/index.js';
import type { MediaSpan } from './layout.js';

/** Patches of one image or video: frame groups, rows, columns. Rows and columns are multiples of the merged cell's side. */
export type PatchGrid = readonly [groups: number, rows: number, columns: number];

/** The pictures of one clip as the vision tower reads them. The object is the track's identity: all views hold the same one. */
export interface VisionInput {
  /** float [patches, channels x frames of a group x patch x patch]. */
  patches: Tensor;
  grids: readonly PatchGrid[];
  /** What it was made of: inputs that a model made of the same object are equal. */
  source?: object;
}

/** The sound of one clip as the audio tower reads it; its identity as that of a `VisionInput`. */
export interface AudioInput {
  /** log-mel, float [melBins, sum of frames]. */
  mel: Tensor;
  /** Mel frames of each audio. */
  frames: readonly number[];
  source?: object;
}

/**
 * What the questions of one clip share in one view and with one system message: text, markers and media. The view
 * without a track has no span for it, so that its positions are those of a clip that never had the track.
 */
export interface PromptRoot {
  spans: readonly MediaSpan[];
  /** Ids of the text tokens and markers, in the order of the spans; media tokens have none. */
  textIds: readonly number[];
  /** What the towers read for the spans' media. */
  vision?: VisionInput;
  audio?: AudioInput;
  /**
   * The towers' tokens that stand in the prompt, by their numbers in order; left out: all. The others are not there, and
   * every token has the position that it has among all. Towers read whole tracks.
   */
  shown?: ShownTokens;
}

export interface ShownTokens {
  vision: readonly number[];
  audio: readonly number[];
}

export interface Prompt {
  /** The sample's id. */
  id: string;
  /** How often the training has sampled this sample before: other completions each time. */
  occurrence: number;
  /** The same object for every question about one clip, so that they share its rows. */
  root: PromptRoot;
  /** Ids of earlier exchanges, the question, its options and the header of the answer. */
  question: readonly number[];
  /** The question and its options as text. */
  text: string;
  /** Seconds of the clip, where there is one. */
  duration?: number;
  /** Tokens by modality. */
  tokens: { text: number; audio: number; video: number };
}
