// Builds reward batches from strings.

import type { Completion, Sample } from '../../lib/data/index.js';
import type { RewardBatch } from '../../lib/rewards/index.js';

export const completion = (text: string): Completion => ({
  text,
  ids: [],
  logprobs: [],
  finishReason: 'stop',
});

export const answering = (letter: string) => `<thinking>x</thinking><answer>${letter}</answer>`;

export const question = (fields: Partial<Sample> = {}): Sample => ({
  id: 'clip-1/q-1',
  question: 'what was on screen when the chirp sounded?',
  options: ['a red square', 'a blue circle', 'a green triangle'],
  answer: 'B',
  ...fields,
});

export function batchOf(texts: string[], fields: Partial<RewardBatch> = {}): RewardBatch {
  return {
    prompts: texts.map(() => 'prompt'),
    completions: texts,
    completionIds: texts.map(() => []),
    samples: texts.map(() => question()),
    rollouts: { av: texts.map(completion) },
    step: 0,
    signal: new AbortController().signal,
    ...fields,
  };
}
