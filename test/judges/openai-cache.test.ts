/** Scores that are found again need no request; what is not a score that was written is asked for again. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answering, closeEndpoints, endpoint, refusing, scoring, warnings } from './endpoint.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-judge-test-'));
let count = 0;
const freshFolder = (): string => join(folder, String(count++), 'cache');
const filesIn = (cacheFolder: string): string[] =>
  readdirSync(cacheFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

afterEach(async () => {
  jest.restoreAllMocks();
  await closeEndpoints();
});
afterAll(() => rmSync(folder, { recursive: true }));

test('another judge with the same folder and model sends nothing', async () => {
  const cacheFolder = freshFolder();
  const first = await endpoint(scoring(0.25));
  await first.judge({ cacheFolder }).judge([answering('x')]);
  const second = await endpoint(scoring(1));
  const own = second.judge({ cacheFolder });
  expect(await own.judge([answering('x'), answering('x')])).toEqual([0.25, 0.25]);
  expect(second.sent).toEqual([]);
  expect(own.metrics()).toMatchObject({ requests: 2, cacheHits: 1, duplicates: 1, httpRequests: 0 });
});

test('the model, the answer, the question and the right answer each have their own score', async () => {
  const cacheFolder = freshFolder();
  const { judge, sent } = await endpoint(scoring(1));
  const request = answering('x');
  await judge({ cacheFolder }).judge([request]);
  await judge({ cacheFolder, model: 'other' }).judge([request]);
  await judge({ cacheFolder }).judge([answering('y')]);
  const changed = [{ question: 'why?' }, { answer: 'a red square' }, { options: ['a blue circle', 'x'] }];
  for (const fields of changed)
    await judge({ cacheFolder }).judge([{ ...request, sample: { ...request.sample, ...fields } }]);
  expect(sent).toHaveLength(6);
  // The id of a sample, and where its clip would be, change nothing of an answer.
  await judge({ cacheFolder }).judge([answering('x', 'other')]);
  expect(sent).toHaveLength(6);
});

test('what could not be judged is asked for again', async () => {
  warnings();
  const cacheFolder = freshFolder();
  const { judge, sent } = await endpoint(refusing(400), refusing(400), scoring(1));
  const own = judge({ cacheFolder });
  expect(await own.judge([answering('x')])).toEqual([null]);
  expect(await own.judge([answering('x')])).toEqual([1]);
  expect(sent).toHaveLength(3);
});

test.each<[string, (text: string) => string]>([
  ['empty', () => ''],
  ['cut off', (text) => text.slice(0, 20)],
  ['no JSON', () => 'a score'],
  ['null', () => 'null'],
  ['a score of 7', (text) => text.replace('0.25', '7')],
  ['a score as text', (text) => text.replace('0.25', '"0.25"')],
  ['of another key', (text) => text.replace(/"key":"../, '"key":"zz')],
])('a file that is %s gives a warning, and is written again', async (_, spoil) => {
  const texts = warnings();
  const cacheFolder = freshFolder();
  const { judge, sent } = await endpoint(scoring(0.25));
  await judge({ cacheFolder }).judge([answering('x')]);
  const [file] = filesIn(cacheFolder);
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, spoil(good));

  expect(await judge({ cacheFolder }).judge([answering('x')])).toEqual([0.25]);
  expect(sent).toHaveLength(2);
  expect(texts).toHaveLength(1);
  expect(texts[0]).toContain(file);
  expect(readFileSync(file, 'utf8')).toBe(good);

  expect(await judge({ cacheFolder }).judge([answering('x')])).toEqual([0.25]);
  expect(sent).toHaveLength(2);
});

test('a folder that takes no files costs a warning, not the score', async () => {
  const texts = warnings();
  const cacheFolder = freshFolder();
  const { judge } = await endpoint(scoring(0.25));
  const own = judge({ cacheFolder });
  await own.judge([answering('x')]);
  const [file] = filesIn(cacheFolder);
  // A file where the folder of the next score would be, whatever its name.
  const parent = join(file, '../..');
  rmSync(parent, { recursive: true });
  writeFileSync(parent, '');
  expect(await own.judge([answering('y')])).toEqual([0.25]);
  expect(texts.join()).toMatch(/cacheFolder/);
});

test('judges that share a folder leave whole files and no others', async () => {
  const cacheFolder = freshFolder();
  const { judge } = await endpoint(scoring(0.25));
  const requests = [1, 2, 3, 4, 5, 6].map((i) => answering(String(i)));
  await Promise.all([1, 2, 3].map(() => judge({ cacheFolder }).judge(requests)));
  const files = filesIn(cacheFolder);
  expect(files).toHaveLength(6);
  for (const file of files) {
    expect(file).toMatch(/[/\\]([0-9a-f]{2})[/\\]\1[0-9a-f]{62}\.json$/);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ score: 0.25, reason: 'as it is' });
  }
});
