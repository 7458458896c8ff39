/** The samples of a recipe, by what they are for. */
import type { Sample } from '../data/index.js';

export interface RecipeSamples {
  captions: Sample[];
  captionsValidation: Sample[];
  /** Training samples with steps: they teach a rationale and an answer. */
  withRationale: Sample[];
  /** Training samples with an answer and no steps. */
  answerOnly: Sample[];
  validation: Sample[];
  test: Sample[];
}
