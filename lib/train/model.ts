// What the trainers need of a model. OmniModel has all of it; a program that brings its own model implements this.

import type { Prompt } from '../batch/index.js';
import type { Completion, Sample, View } from '../data/index.js';
import type { ModelGraph } from '../models/index.js';

export interface SamplingSettings {
  view: View;
  numGenerations: number;
  maxNewTokens: number;
  temperature: number;
  topP: number;
  /** 0: no limit. */
  topK: number;
  /** Completion i of a sample depends on the seed, the sample's id, its occurrence and i alone. */
  seed: number;
  /** For each sample, how often the run has sampled it before. */
  occurrences: readonly number[];
}

export interface TrainableModel {
  readonly graph: ModelGraph;
  /** Prompts in one view; their tensors belong to the current scope. */
  prepare(samples: readonly Sample[], view: View): Promise<Prompt[]>;
  /** Token ids of a completion's text, end token included. */
  encodeCompletion(text: string): number[];
  /** For each sample its completions, `numGenerations` each. */
  generateBatch(samples: readonly Sample[], settings: SamplingSettings): Promise<Completion[][]>;
  /** Writes a folder that can be loaded again: config.json, model.safetensors and what else the model needs. */
  savePretrained(folder: string): void | Promise<void>;
}
