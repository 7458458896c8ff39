/** Prompts of token ids, without media. */
import type { Prompt, PromptRoot } from '../../lib/batch/index.js';

export function textRoot(textIds: readonly number[]): PromptRoot {
  return { spans: [{ kind: 'text', length: textIds.length }], textIds };
}

export function promptOf(id: string, root: PromptRoot, question: readonly number[], occurrence = 0): Prompt {
  const tokens = { text: root.textIds.length + question.length, audio: 0, video: 0 };
  return { id, occurrence, root, question, text: '', tokens };
}
