/** The completions of a run by step, while the run writes them, is killed and is resumed. */
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompletionsByStep } from '../../lib/train/index.js';
import { completion, jsonLines } from '../report/browser/runs.js';
import { temporaryFolder } from './folder.js';

const folder = temporaryFolder();

const rows = (step: number, ...texts: string[]) =>
  texts.map((text, index) => completion({ step, index, completion: text }));

function reader(...steps: object[][]): { file: string; byStep: CompletionsByStep } {
  const file = join(folder.path, 'completions.jsonl');
  writeFileSync(file, jsonLines(steps.flat()));
  const byStep = new CompletionsByStep(file);
  byStep.refresh();
  return { file, byStep };
}

const texts = (byStep: CompletionsByStep, step: number) =>
  byStep.read(step).map((record) => record.completion);

test('steps are read one by one, however long their texts are', () => {
  const long = 'ä'.repeat(2 ** 19);
  const { byStep } = reader(rows(1, 'a', long), rows(5, long, 'b', 'c'), rows(9, 'd'));
  expect(byStep.steps).toEqual([
    { step: 1, count: 2 },
    { step: 5, count: 3 },
    { step: 9, count: 1 },
  ]);
  expect(texts(byStep, 5)).toEqual([long, 'b', 'c']);
  expect(texts(byStep, 9)).toEqual(['d']);
  expect(texts(byStep, 2)).toEqual([]);
});

test('what is appended is seen, half a line when it is whole', () => {
  const { file, byStep } = reader(rows(1, 'a'));
  const [next] = jsonLines(rows(2, 'b')).split('\n');
  appendFileSync(file, next.slice(0, 20));
  byStep.refresh();
  expect(byStep.steps).toEqual([{ step: 1, count: 1 }]);
  appendFileSync(file, `${next.slice(20)}\n`);
  byStep.refresh();
  expect(byStep.steps.map(({ step }) => step)).toEqual([1, 2]);
  expect(texts(byStep, 2)).toEqual(['b']);
});

test('a run that was resumed behind what was read is read anew', () => {
  const { file, byStep } = reader(rows(1, 'a'), rows(2, 'old'), rows(3, 'old'));
  writeFileSync(
    file,
    jsonLines([...rows(1, 'a'), ...rows(2, 'another'), ...rows(3, 'new', 'more'), ...rows(4, 'x')]),
  );
  byStep.refresh();
  expect(byStep.steps.map(({ step, count }) => [step, count])).toEqual([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 1],
  ]);
  expect(texts(byStep, 2)).toEqual(['another']);
  rmSync(file);
  byStep.refresh();
  expect(byStep.steps).toEqual([]);
});

test('a line that is none is named with its number, wherever reading began', () => {
  const { file, byStep } = reader(rows(1, 'a', 'b'), rows(2, 'c'));
  appendFileSync(file, '{"step":3}\n{"step":"x"}\n');
  expect(() => byStep.refresh()).toThrow(`${file}:5: not a line of completions: step: expected a number`);
  writeFileSync(file, jsonLines([...rows(1, 'a', 'b'), { step: 3, sample: 7 }]));
  byStep.refresh();
  expect(() => byStep.read(3)).toThrow(`${file}:3: sample: `);
});
