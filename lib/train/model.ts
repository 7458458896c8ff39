// What the trainers need of a model. OmniModel has all of it; a program that brings its own model implements this.

import type { Prompt } from '../batch/index.js';
import type { Completion, Sample, SamplingParams, View } from '../data/index.js';
import type { ModelGraph } from '../models/index.js';
import type { EncodedMedia } from '../rollout/index.js';

export interface TrainableModel {
  readonly graph: ModelGraph;
  /**
   * Prompts in each of the views; their tensors belong to the current scope.
   * @param options.occurrences for each sample, how often the training has sampled it before; default 0 each
   */
  prepare(
    samples: readonly Sample[],
    options: { views: readonly View[]; occurrences?: readonly number[] },
  ): Promise<Partial<Record<View, Prompt[]>>>;
  /** Token ids of a completion's text, end token included. */
  encodeCompletion(text: string): number[];
  /** For each prompt its completions, `numGenerations` each; `media` holds what the towers made of clips before. */
  samplePrompts(
    prompts: readonly Prompt[],
    params: Partial<SamplingParams>,
    options?: { media?: EncodedMedia },
  ): Promise<Completion[][]>;
  /** Writes a folder that can be loaded again: config.json, model.safetensors and what else the model needs. */
  savePretrained(folder: string): void | Promise<void>;
}
