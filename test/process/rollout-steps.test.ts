// What steps are worth, by a model whose completions are written down: which steps, what stands before them, how often.
import type { PathRecord } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { judgeBy, withWarnings } from '../rewards/judged.js';
import { asked, scriptedModel } from './scripted-model.js';

const steps = ['one<end_of_step>', '\ntwo<end_of_step>', '\nthree<end_of_step>', '\n<answer>B</answer>'];
const wrong = (more: Partial<PathRecord> = {}): PathRecord => ({
  ...{ sampleId: 'a', seed: 1, path: steps, answer: 'B', correct: false, tokens: 9 },
  ...more,
});
const right = wrong({ correct: true, answer: 'A', seed: 2 });

/** Alternatives `other`; of six rollouts after a step four are right, after an alternative two. */
const script = ({ prefix, index, call }: { prefix: readonly string[]; index: number; call: number }) => {
  if (call === 0) return '\nother<end_of_step>';
  const isOther = prefix.at(-1)?.includes('other');
  return `\n<answer>${index < (isOther ? 2 : 4) ? 'A' : 'B'}</answer>`;
};

test('three steps and their alternatives, six rollouts each: 36 in one batch with one prompt', async () => {
  const { model, calls, prepared } = scriptedModel(script);
  const paths = [wrong({ selected: [2, 0, 1] }), right];
  const records = await processDpo.rolloutSteps({ model, samples: asked, paths });
  expect(prepared.map((batch) => batch.map(({ id }) => id))).toEqual([['a']]);
  const [alternatives, rollouts] = calls;
  expect(calls).toHaveLength(2);
  expect(alternatives.params).toMatchObject({ stop: ['<end_of_step>'], maxNewTokens: 64 });
  expect(alternatives.prefixes).toEqual([steps.slice(0, 2), [], steps.slice(0, 1)]);
  expect(rollouts.params).toMatchObject({ numGenerations: 6, maxNewTokens: 512, temperature: 1, topP: 0.9 });
  expect(rollouts.prefixes.length * 6).toBe(36);
  expect(new Set(calls.flatMap(({ prompts }) => prompts)).size).toBe(1);
  expect(new Set(calls.map(({ options }) => options?.media)).size).toBe(1);
  // Steps stand apart, so that each is tokenised by itself.
  expect(rollouts.prefixes.slice(0, 2)).toEqual([
    steps.slice(0, 3),
    [...steps.slice(0, 2), '\nother<end_of_step>'],
  ]);
  expect(records.map(({ stepIndex, step }) => [stepIndex, step])).toEqual([
    [2, steps[2]],
    [0, steps[0]],
    [1, steps[1]],
  ]);
  for (const { prefix, stepIndex, alternative, ...record } of records) {
    expect(prefix).toEqual(steps.slice(0, stepIndex));
    expect(alternative).toBe('\nother<end_of_step>');
    expect(record.correct).toEqual([true, true, true, true, false, false]);
    expect(record.alternativeCorrect).toEqual([true, true, false, false, false, false]);
    expect(record.continuations?.[5]).toBe('\n<answer>B</answer>');
    expect(record.seed).toBe(1);
  }
});

test('questions without a wrong path, and right paths of the others, are passed over', async () => {
  const { model, prepared } = scriptedModel(script);
  const paths = [right, { ...right, sampleId: 'b' }, wrong({ seed: 3, selected: [1] })];
  const records = await processDpo.rolloutSteps({ model, samples: asked, paths });
  expect(records.map(({ sampleId, seed }) => [sampleId, seed])).toEqual([['a', 3]]);
  expect(prepared).toHaveLength(1);
});

test('all wrong paths of a question are one batch, and what they have in common is rolled out once', async () => {
  const { model, calls } = scriptedModel(script);
  const other = [steps[0], '\nelse<end_of_step>', '\n<answer>B</answer>'];
  const paths = [wrong({ selected: [0, 1] }), wrong({ seed: 5, path: other, selected: [0, 1] })];
  const records = await processDpo.rolloutSteps({ model, samples: asked, paths, rollouts: 2 });
  expect(records.map(({ step }) => step)).toEqual([steps[0], steps[1], other[1]]);
  expect(calls).toHaveLength(2);
  expect(calls[1].prefixes).toHaveLength(6);
});

test('paths without a selection are rolled out at every step that has its mark', async () => {
  const { model } = scriptedModel(script);
  const records = await processDpo.rolloutSteps({ model, samples: asked, paths: [wrong()] });
  expect(records.map(({ stepIndex }) => stepIndex)).toEqual([0, 1, 2]);
});

test('an alternative is sampled again, with another seed, until it is another step', async () => {
  // Of four steps: another at the first try, at the second, at the third, and none at all.
  const tries = (prefix: readonly string[], call: number) =>
    [
      ['new<end_of_step>'],
      ['\ntwo<end_of_step>', '\nnew<end_of_step>'],
      ['\nbroken off...', '  ', '\nnew<end_of_step>'],
      ['\n<answer>B</answer>'],
    ][prefix.length].at(call) ?? '\n<answer>B</answer>';
  const { model, calls } = scriptedModel(({ prefix, call }) =>
    call < 3 ? tries(prefix, call) : '\n<answer>A</answer>',
  );
  const records = await processDpo.rolloutSteps({
    ...{ model, samples: asked, paths: [wrong({ selected: [0, 1, 2, 3] })], rollouts: 2 },
  });
  expect(calls.map(({ prefixes }) => prefixes.length)).toEqual([4, 3, 2, 6]);
  expect(new Set(calls.slice(0, 3).map(({ params }) => params?.seed)).size).toBe(3);
  expect(records.map(({ alternative }) => alternative.trim())).toEqual([
    ...['new<end_of_step>', 'new<end_of_step>', 'new<end_of_step>'],
    '<answer>B</answer>',
  ]);
  // Without an alternative there is nothing to compare.
  expect(records[3]).toMatchObject({ step: steps[3], correct: [], alternativeCorrect: [] });
  expect(records[0].tokens).toBe('new<end_of_step>'.length + 4 * '\n<answer>A</answer>'.length);
});

test('a step that ends the path is followed by nothing: its rollouts are what it says', async () => {
  const { model, calls } = scriptedModel(({ call }) => (call === 0 ? '\n<answer>A</answer>' : 'never asked'));
  const paths = [wrong({ selected: [3] })];
  const [record] = await processDpo.rolloutSteps({ model, samples: asked, paths, rollouts: 3 });
  expect(calls).toHaveLength(1);
  expect(record).toMatchObject({ alternative: '\n<answer>A</answer>', continuations: ['', '', ''] });
  expect(record.correct).toEqual([false, false, false]);
  expect(record.alternativeCorrect).toEqual([true, true, true]);
});

test('a rollout whose judge failed is left out, its text with it', async () => {
  const { model } = scriptedModel(({ index, call }) =>
    call === 0 ? '\nother<end_of_step>' : `\n<answer>${index}</answer>`,
  );
  const { judge } = judgeBy((request) => [0, null, 1][Number((request as { answer: string }).answer)]);
  const paths = [wrong({ selected: [0] })];
  const { result } = await withWarnings(() =>
    processDpo.rolloutSteps({ model, samples: asked, paths, rollouts: 3, by: 'judge', judge }),
  );
  expect(result[0]).toMatchObject({
    correct: [false, true],
    continuations: ['\n<answer>0</answer>', '\n<answer>2</answer>'],
    alternativeCorrect: [false, true],
  });
});

test('samples and steps that are missing are named', async () => {
  const { model } = scriptedModel(script);
  const run = (paths: PathRecord[]) => processDpo.rolloutSteps({ model, samples: asked, paths });
  await expect(run([wrong({ sampleId: 'z' })])).rejects.toThrow("sample 'z' is not among the samples");
  await expect(run([wrong({ selected: [4] })])).rejects.toThrow(
    "a path of sample 'a' selects step 4; expected one of its 4 steps",
  );
});

test('under two turns each rollout is asked for its answer, also one that the step itself ends', async () => {
  const { model } = scriptedModel(({ prefix, call }) => {
    if (prefix.at(-1) === 'the answer?') return prefix[0].includes('other') ? 'A' : 'B';
    return call === 0 ? '\nother' : '\nmore<end_of_step>';
  });
  const paths = [wrong({ selected: [1] })];
  const [record] = await processDpo.rolloutSteps({
    ...{ model, samples: asked, paths, rollouts: 2, protocol: 'twoTurn' },
  });
  expect(record).toMatchObject({
    alternative: '\nother',
    correct: [false, false],
    alternativeCorrect: [true, true],
  });
  expect(record.continuations).toEqual(Array(2).fill('\nmore<end_of_step>\n<answer>B</answer>'));
  expect(record.alternativeContinuations).toEqual(Array(2).fill('\n<answer>A</answer>'));
});
