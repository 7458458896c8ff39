// Records and texts that a program in plain JavaScript may give: what they lack is named before any work.
import type { PathRecord, StepRecord } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { scriptedModel } from './scripted-model.js';

// Never asked.
const model = scriptedModel(() => '').model as Parameters<typeof processDpo.selectSteps>[0]['model'] &
  processDpo.SampledModel;
const samples = [{ id: 'a', question: 'Which?', answer: 'red' }];
const path: PathRecord = {
  ...{ sampleId: 'a', seed: 0, answer: '', correct: false, tokens: 1 },
  path: ['one<end_of_step>', '\n<answer>red</answer>'],
};
const step: StepRecord = {
  ...{ sampleId: 'a', prefix: [], stepIndex: 0, step: 'one<end_of_step>', alternative: 'two<end_of_step>' },
  ...{ correct: [true], alternativeCorrect: [false] },
};

test.each<[unknown, string]>([
  [null, ': got null, expected an object'],
  [[path], ': got [{"sampleId":"a"'],
  [{ ...path, path: 'one' }, ': "path": got "one", expected a list of steps. Fix: write the steps'],
  [{ ...path, path: ['one<end_of_step>', 3] }, ': "path[1]": got 3, expected a text. Fix: write each step'],
  [{ ...path, correct: 'yes' }, ': "correct": got "yes", expected true or false. Fix: '],
  [{ ...path, sampleId: 3 }, ': "sampleId": got 3, expected a non-empty text. Fix: '],
  [{ ...path, selected: 0 }, ': "selected": got 0, expected a list of indices. Fix: '],
])('a path that is none: %j', async (wrong, message) => {
  const given = { model, samples, paths: [path, wrong] as PathRecord[] };
  const refused = (op: string) => ({
    name: 'TypeError',
    message: expect.stringContaining(`${op}: paths[1]${message}`),
  });
  await expect(processDpo.selectSteps({ ...given, perturb: 'hideVideo' })).rejects.toMatchObject(
    refused('selectSteps'),
  );
  await expect(processDpo.rolloutSteps(given)).rejects.toMatchObject(refused('rolloutSteps'));
  expect(() => processDpo.buildPairs({ paths: given.paths, steps: [] })).toThrow(
    expect.objectContaining(refused('buildPairs')),
  );
});

test.each<[object, string]>([
  [{ correct: 1 }, '"correct": got 1, expected a list of true and false. Fix: '],
  [{ alternativeCorrect: [false, 'no'] }, '"alternativeCorrect[1]": got "no", expected true or false. Fix: '],
  [{ prefix: 'x' }, '"prefix": got "x", expected a list of steps. Fix: '],
  [{ step: undefined }, '"step": got nothing, expected a text. Fix: '],
])('a step that is none: %j', (wrong, message) => {
  const steps = [step, { ...step, ...wrong }] as StepRecord[];
  expect(() => processDpo.buildPairs({ paths: [], steps })).toThrow(`buildPairs: steps[1]: ${message}`);
});

test.each([null, 3, {}, { id: 3 }])('a sample that is none: %j', async (wrong) => {
  const given = { model, samples: [samples[0], wrong] as typeof samples };
  const message = (op: string) => `${op}: samples[1]: expected a sample { id, question, video, ... }`;
  await expect(processDpo.samplePaths(given)).rejects.toThrow(message('samplePaths'));
  const select = processDpo.selectSteps({ ...given, paths: [], perturb: 'hideVideo' });
  await expect(select).rejects.toThrow(message('selectSteps'));
  await expect(processDpo.rolloutSteps({ ...given, paths: [] })).rejects.toThrow(message('rolloutSteps'));
});

test.each([3, null, undefined, ['a']])('a text that is none: %j', (text) => {
  expect(() => processDpo.splitSteps(text as never)).toThrow(/^splitSteps: text: expected a string, got /);
});
