// What the trainers need of a model. OmniModel has all of it; a program that brings its own model implements this.

import type { PackItem, Prefix, Sample, View } from '../data/index.js';
import type { OmniGraph } from '../models/index.js';
import type { Completion } from '../rewards/index.js';

/** A sample as the model is asked: the clip's shared prefix and the question's tokens. */
export interface Prompt {
  /** The same object for every question about one clip in one view, so that they share its node. */
  prefix: Prefix;
  question: PackItem['question'];
  /** The prompt as text, for rewards and logs. */
  text: string;
}

export interface SamplingOptions {
  view: View;
  numGenerations: number;
  maxNewTokens: number;
  temperature: number;
  topP: number;
  topK: number;
  /** Completion i of a sample depends on the seed, the sample's id and i alone. */
  seed: number;
}

export interface TrainableModel {
  readonly graph: OmniGraph;
  /** One prompt a sample. Its tensors belong to the current scope. */
  prepare(samples: readonly Sample[], view: View): Promise<Prompt[]>;
  /** Token ids of a completion's text, end token included. */
  encodeCompletion(text: string): number[];
  /** For each sample its completions, `numGenerations` each. */
  generateBatch(samples: readonly Sample[], options: SamplingOptions): Promise<Completion[][]>;
  /** Writes a folder that can be loaded again: config.json, model.safetensors and what else the model needs. */
  savePretrained(folder: string): void | Promise<void>;
}
