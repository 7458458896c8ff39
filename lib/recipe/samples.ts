/** The samples of a recipe, by what they are for. */
import type { DataRow, Sample } from '../data/index.js';

export interface RecipeSamples {
  captions: Sample[];
  captionsValidation: Sample[];
  /** Training samples with steps: they teach a rationale and an answer. */
  withRationale: Sample[];
  /** Training samples with an answer and no steps. */
  answerOnly: Sample[];
  validation: Sample[];
  test: Sample[];
  /** Rows of files that a stage's settings name, by `<stage>.<setting>`. */
  [rows: `${string}.${string}`]: DataRow[];
}
