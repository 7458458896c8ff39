/** What stages of process DPO write stands in place of nothing that they did not write. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPairs } from '../../lib/data/index.js';
import { RecordFile } from '../../lib/recipe/records/record-file.js';
import { earsight } from '../cli/run.js';

jest.setTimeout(60_000);
const folder = mkdtempSync(join(tmpdir(), 'earsight-record-outputs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]) => join(folder, ...names);
const textOf = (...names: string[]) => readFileSync(at(...names), 'utf8');
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const path = (seed: number, answer: string) => ({
  ...{ sampleId: 'a', seed, path: ['one<end_of_step>', `\n<answer>${answer}</answer>`], answer },
  ...{ correct: answer === 'yes', tokens: 9 },
});
writeFileSync(at('paths.jsonl'), lines([path(0, 'yes'), path(1, 'no')]));
writeFileSync(at('samples.jsonl'), lines([{ id: 'a', question: 'Well?', answer: 'yes' }]));

const stage = (name: string, ...more: string[]) => earsight('stage', name, ...more);
const buildPairs = (output: string, ...more: string[]) =>
  stage('build-pairs', '--input', at('paths.jsonl'), '--output', at(output), ...more);
const exportTo = (output: string, ...more: string[]) =>
  stage(
    'export-published',
    ...['--data', at('samples.jsonl'), '--input', at('pairs.jsonl')],
    '--output',
    at(output),
    ...more,
  );
const importTo = (output: string, ...more: string[]) =>
  stage('import-published', '--input', at('published.json'), '--output', at(output), ...more);

test('pairs are written where nothing else stands, and again by the same call', async () => {
  expect(await buildPairs('pairs.jsonl')).toMatchObject({ code: 0 });
  const pairs = textOf('pairs.jsonl');
  expect(pairs).toContain('"kind":"path"');
  expect(await buildPairs('pairs.jsonl')).toMatchObject({ code: 0 });
  const refused = await buildPairs('pairs.jsonl', '--set', 'maxPathPairs=0');
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/pairs\.jsonl: exists, and holds something else; .*--overwrite/),
  ]);
  expect(textOf('pairs.jsonl')).toBe(pairs);
  expect(await buildPairs('pairs.jsonl', '--set', 'maxPathPairs=0', '--overwrite')).toMatchObject({
    code: 0,
  });
  expect(textOf('pairs.jsonl')).toBe('');
  expect(await buildPairs('pairs.jsonl', '--overwrite')).toMatchObject({ code: 0 });
  expect(textOf('pairs.jsonl')).toBe(pairs);
});

test('the published layout likewise, and records that come of it', async () => {
  expect(await exportTo('published.json')).toMatchObject({ code: 0 });
  const [published, samples] = [textOf('published.json'), textOf('samples.jsonl')];
  expect(await exportTo('published.json')).toMatchObject({ code: 2 });
  expect(await exportTo('published.json', '--overwrite')).toMatchObject({ code: 0 });
  expect(textOf('published.json')).toBe(published);
  expect(await importTo('.')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/samples\.jsonl: exists, and holds something else/),
  });
  expect(textOf('samples.jsonl')).toBe(samples);
  for (const more of [[], [], ['--overwrite']])
    expect(await importTo('imported', ...more)).toMatchObject({ code: 0 });
  expect(readPairs(at('imported', 'pairs.jsonl'))).toEqual(readPairs(at('pairs.jsonl')));
});

test.each<[string, () => ReturnType<typeof stage>, RegExp]>([
  [
    'in the place of what is read',
    () => buildPairs('paths.jsonl', '--overwrite'),
    /--output .*paths\.jsonl: the stage reads this file/,
  ],
  [
    'below a file',
    () => buildPairs('paths.jsonl/x.jsonl'),
    /--output: .*paths\.jsonl is no folder; choose another/,
  ],
  ['in the place of a folder', () => buildPairs('.', '--overwrite'), /not a file; choose another output/],
])('%s nothing is written', async (_, call, problem) => {
  const before = textOf('paths.jsonl');
  const { code, stderr } = await call();
  expect([code, stderr]).toEqual([2, expect.stringMatching(problem)]);
  expect(textOf('paths.jsonl')).toBe(before);
});

test('a file that a stage began and wrote nothing into begins anew with other settings, one with records does not', () => {
  const expected = new Map([['a', 1]]);
  const begin = (by: string) => new RecordFile(at('begun.jsonl'), { madeOf: { by }, expected });
  begin('numeric');
  const file = begin('option');
  file.append([{ sampleId: 'a' }]);
  expect(begin('option').done).toEqual(new Set(['a']));
  expect(() => begin('numeric')).toThrow(/was made otherwise \(by "option", now "numeric"\)/);
  expect(existsSync(at('begun.jsonl.settings.json'))).toBe(true);
});
