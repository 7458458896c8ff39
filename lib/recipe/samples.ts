/** The samples of a recipe, by what they are for. */
import type { ChatRow, DataRow, Sample } from '../data/index.js';

export interface RecipeSamples {
  captions: Sample[];
  captionsValidation: Sample[];
  /** Training samples with steps: they teach a rationale and an answer. */
  withRationale: Sample[];
  /** Training samples with an answer and no steps. */
  answerOnly: Sample[];
  /** Conversations of text, which SFT learns whole. */
  chats: ChatRow[];
  validation: Sample[];
  chatsValidation: ChatRow[];
  test: Sample[];
  /** Rows of files that a stage's settings name, by `<stage>.<setting>`. */
  [rows: `${string}.${string}`]: DataRow[];
}
