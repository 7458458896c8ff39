/** What evaluation needs of a model. OmniModel has it; a program that brings its own model implements this. */
import type { Completion, Sample, View } from '../data/index.js';

export interface AnsweringModel {
  /** For each sample a list of one completion, the likeliest token at each step. */
  generateBatch(
    samples: readonly Sample[],
    options: { view?: View; maxNewTokens: number; temperature: number },
  ): Promise<Completion[][]>;
}

export interface CaptioningModel extends AnsweringModel {
  /** Token ids of a completion's text, end token included. */
  encodeCompletion(text: string): number[];
}
