/** The input of a model: any number of prompts and completions as one sequence of tokens. */
import type { NodeTable } from '../kernels/index.js';
import type { Tensor } from '../tensor/index.js';
import type { AudioInput, VisionInput } from './prompt.js';

/** Which rows of the sequence a tower's tokens fill. */
export interface Placement {
  /** Rows of the sequence, int64 [n]. */
  rows: Tensor;
  /** The tower's token for each of these rows, int64 [n]; left out: token i fills row i of `rows`. One token may fill many rows. */
  tokens?: Tensor;
}

/** Tokens that a tower made before, [tokens, hidden]: it does not run again. */
export interface EncodedTrack {
  encoded: Tensor;
}

/** Images and videos of the sequence, in order. */
export type PackedVision = Placement & (VisionInput | EncodedTrack);

/** Audios of the sequence, in order. */
export type PackedAudio = Placement & (AudioInput | EncodedTrack);

export interface Packed {
  /** int64 [T]; the ids of rows that media fill are not looked at, but must be inside the vocabulary. */
  inputIds: Tensor;
  /** [3, T] on the axes time, height, width; int64 or float32, see `TokenLayout`. */
  positions: Tensor;
  /** uint8 [T], values of `Modality`. */
  modality: Tensor;
  /** Which rows see which. With a cache, key ranges are ranges of cache rows. */
  nodes: NodeTable;
  vision?: PackedVision;
  audio?: PackedAudio;
}

/** Tokens that the towers made, before they are placed. */
export interface MediaEmbeddings {
  /** [visionTokens, hiddenSize] */
  vision?: Tensor;
  /** [audioTokens, hiddenSize] */
  audio?: Tensor;
}
