/** What evaluation needs of a model. OmniModel has it; a program that brings its own model implements this. */
import type { Completion, Sample, View } from '../data/index.js';
import type { Protocol } from '../rewards/index.js';

export interface AnsweringModel {
  /**
   * For each sample a list of one completion, the likeliest token at each step.
   * @param options.protocol where the evaluation has one: how the answer is asked for
   */
  generateBatch(
    samples: readonly Sample[],
    options: { view?: View; maxNewTokens: number; temperature: number; protocol?: Protocol },
  ): Promise<Completion[][]>;
}

export interface CaptioningModel extends AnsweringModel {
  /** Token ids of a completion's text, end token included. */
  encodeCompletion(text: string): number[];
}
