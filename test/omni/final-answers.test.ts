/** What asks for final answers, by a model whose ids and replies are written down. */
import type { Prompt } from '../../lib/batch/index.js';
import type { Completion } from '../../lib/data/index.js';
import { finalAnswers } from '../../lib/omni/final-answers.js';
import type { SamplePromptsOptions } from '../../lib/omni/generate-options.js';

const [end, question] = [9, 7];
const prompts = ['p', 'q'].map((id) => ({ id }) as Prompt);
const completion = (text: string, ids: number[], finishReason: Completion['finishReason']): Completion => ({
  ...{ text, ids, logprobs: [], finishReason },
});
const given = [
  [completion('one<end_of_step>', [1, end], 'stop'), completion('two <answer>B', [2], 'length')],
  [completion('three', [3], 'abort'), completion('four', [4, 5], 'stop')],
];

function modelOf(replies: string[]) {
  const calls: { prompts: string[]; params: object; prefixes: SamplePromptsOptions['prefixes'] }[] = [];
  return {
    calls,
    stopIds: [end],
    processor: { followUp: () => [end, question] },
    samplePrompts: async (asked: readonly Prompt[], params: object, { prefixes }: SamplePromptsOptions) => {
      calls.push({ prompts: asked.map(({ id }) => id), params, prefixes });
      return asked.map((_, i) => [completion(replies[i], [6, end], 'stop')]);
    },
  };
}

test('one greedy call asks all first turns, each with its prefix and one end; one that a signal ended is not asked', async () => {
  const model = modelOf(['A', '<answer> B </answer>', ' C ']);
  const answered = await finalAnswers(model, prompts, given, { protocol: 'twoTurn' }, [[11], [12]]);
  expect(model.calls).toEqual([
    {
      prompts: ['p', 'p', 'q'],
      params: { temperature: 0, maxNewTokens: 64 },
      prefixes: [
        [11, 1, end, question],
        [11, 2, end, question],
        [12, 4, 5, end, question],
      ],
    },
  ]);
  expect(answered.flat().map(({ answer, scored, reply }) => [answer, scored, reply?.ids])).toEqual([
    ['A', 'one<end_of_step>\n<answer>A</answer>', [6, end]],
    // An answer of the first turn is none.
    ['B', 'two B\n<answer>B</answer>', [6, end]],
    [null, 'three', undefined],
    ['C', 'four\n<answer>C</answer>', [6, end]],
  ]);
});

test('in one turn the answer is the one that the completion gives', async () => {
  const model = modelOf([]);
  const one = completion('so<end_of_step>\n<answer>B</answer>', [1, end], 'stop');
  const answered = await finalAnswers(model, prompts.slice(0, 1), [[one, given[0][1]]], {
    protocol: 'steps',
  });
  expect(answered[0].map(({ answer, scored }) => [answer, scored])).toEqual([
    ['B', one.text],
    [null, 'two <answer>B'],
  ]);
  expect(model.calls).toEqual([]);
});
