// Records of process DPO on disk: what is written is read again, and errors name line, field, value and fix.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { data } from '../../lib/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-records-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = {
  sampleId: 'a',
  seed: 3,
  path: ['red.<end_of_step>', '\n<answer>A</answer>'],
  answer: 'A',
  correct: true,
  tokens: 12,
};
const step = {
  sampleId: 'a',
  prefix: ['red.<end_of_step>'],
  stepIndex: 1,
  step: '\nloud.<end_of_step>',
  alternative: '\nquiet.<end_of_step>',
  correct: [true, false],
  alternativeCorrect: [],
};
const pair = {
  sampleId: 'a',
  prefix: [],
  chosen: 'x',
  rejected: 'y',
  pChosen: 1,
  pRejected: 0.5,
  alpha: 0.9,
  kind: 'step' as const,
};

function file(...rows: object[]) {
  const name = join(folder, 'records.jsonl');
  data.writeRecords(name, rows);
  return name;
}

test('records are read as they were written', () => {
  const selected = { ...path, divergence: [0.1, 0.2], selected: [1] };
  expect(data.readPaths(file(path, { ...selected, seed: 4 }))).toEqual([path, { ...selected, seed: 4 }]);
  const whole = { ...step, seed: 3, continuations: ['', 'b'], alternativeContinuations: [], tokens: 9 };
  expect(data.readSteps(file(step, whole))).toEqual([step, whole]);
  expect(data.readPairs(file(pair))).toEqual([pair]);
});

test.each<[string, object, string, string]>([
  ['a missing field', { ...path, correct: undefined }, 'correct', 'expected true or false'],
  ['a misspelt field', { ...path, diverg: [1] }, 'diverg', 'expected one of sampleId, seed'],
  ['an open step', { ...path, path: ['a', 'b'] }, 'path', 'expected steps that end with <end_of_step>'],
  ['too few divergences', { ...path, divergence: [1] }, 'divergence', 'expected one number for each step'],
  ['a step twice', { ...path, selected: [1, 1] }, 'selected', 'expected different indices'],
  ['no such step', { ...path, selected: [2] }, 'selected', 'expected different indices'],
  ['a fractional seed', { ...path, seed: 0.5 }, 'seed', 'got 0.5, expected an integer'],
])('of paths, %s is refused by line and field', (_, row, field, expected) => {
  const name = file({ ...path, seed: 9 }, row);
  const message = errorOf(() => data.readPaths(name));
  expect(message).toContain(`${name}:2: "${field}": `);
  expect(message).toContain(expected);
  expect(message).toContain('Fix: ');
});

test('two paths of one sample have different seeds', () => {
  expect(errorOf(() => data.readPaths(file(path, path)))).toContain(
    ':2: "seed": got 3 again for sample "a" (first in line 1), expected a seed of its own',
  );
});

test.each<[string, object, string]>([
  ['an index that is not the length of its prefix', { ...step, stepIndex: 0 }, '"stepIndex": got 0'],
  ['a prefix of an open step', { ...step, prefix: ['red.'] }, '"prefix": '],
  ['an outcome that is a number', { ...step, correct: [1] }, '"correct[0]": got 1, expected true or false'],
])('of steps, %s is refused', (_, row, expected) => {
  expect(errorOf(() => data.readSteps(file(row)))).toContain(`:1: ${expected}`);
});

test.each<[string, object, string]>([
  ['equal sides', { ...pair, rejected: 'x' }, '"rejected": got "x", expected another text'],
  ['a probability above 1', { ...pair, alpha: 1.5 }, '"alpha": got 1.5, expected a number from 0 to 1'],
  ['an unknown kind', { ...pair, kind: 'paths' }, '"kind": got "paths", expected "path" or "step"'],
])('of pairs, %s is refused', (_, row, expected) => {
  expect(errorOf(() => data.readPairs(file(row)))).toContain(`:1: ${expected}`);
});

test('a line that is no object is refused', () => {
  const name = join(folder, 'broken.jsonl');
  writeFileSync(name, '3\n');
  expect(errorOf(() => data.readPairs(name))).toContain(`${name}:1: got 3, expected an object`);
});

function errorOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected an error');
}
