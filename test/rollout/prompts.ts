/** Prompts of token ids, without media, and how they are sampled. */
import type { Prompt, PromptRoot } from '../../lib/batch/index.js';
import type { SamplingParams } from '../../lib/data/index.js';

/** Draws from the whole distribution. */
export const unrestricted = {
  seed: 5,
  temperature: 1,
  topP: 1,
  topK: 0,
  minP: 0,
  repetitionPenalty: 1,
} satisfies Partial<SamplingParams>;

/** Tokens as text: `<id>` each. */
export const decodeIds = (ids: readonly number[]): string => ids.map((id) => `<${id}>`).join('');

export function textRoot(textIds: readonly number[]): PromptRoot {
  return { spans: [{ kind: 'text', length: textIds.length }], textIds };
}

export function promptOf(id: string, root: PromptRoot, question: readonly number[], occurrence = 0): Prompt {
  const tokens = { text: root.textIds.length + question.length, audio: 0, video: 0 };
  return { id, occurrence, root, question, text: '', tokens };
}
