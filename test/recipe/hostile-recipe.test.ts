/** YAML that is no recipe, whatever it is: refused soon, by file and line, as bad input. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecipe } from '../../lib/recipe/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-recipe-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function refusal(file: string): Promise<string> {
  try {
    await readRecipe(file);
  } catch (error) {
    expect((error as Error).name).toBe('BadInputError');
    return (error as Error).message;
  }
  throw new Error('the recipe was accepted');
}

const doublings = Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n');

test.each([
  ['an alias inside what it stands for', 'data: a.jsonl\nmodel: &m { text: *m }', /alias|levels/],
  ['a list that contains itself', '&l [*l]', /alias|levels/],
  ['aliases that double forty times', `a0: &a0 [1, 1]\n${doublings}`, /[Aa]lias/],
  ['an alias to nothing', 'data: *none', /alias.*: none$/],
  ['a field twice', 'data: a\nseed: 1\nseed: 2', /:3: .*unique/i],
  ['two documents', 'data: a\n---\ndata: b', /:2: .*document/],
  [
    'merge keys',
    'base: &b { seed: 1 }\n<<: *b\ndata: a',
    /:1: unknown field 'base'\n.*:2: unknown field '<<'/,
  ],
  ['a tag of another language', 'data: !!js/function "x"', /:1: .*tag/],
  ['a list', '- data', /the recipe: .*got \["data"\]/],
  ['a text', 'data', /the recipe: .*got "data"/],
  ['__proto__', 'data: a\n__proto__: { seed: 1 }', /:2: unknown field '__proto__'/],
  ['thousands of levels in flow style', '['.repeat(20_000), /nest|level|flow/i],
  ['hundreds of levels', `data: ${'{ a: '.repeat(200)}1${'}'.repeat(200)}`, /levels/],
  ['levels in block style', Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''), /levels/],
  ['a path with a NUL character', 'data: a.jsonl\ncaptions: "a\\0b"\nsft: 7', /:3: sft: /],
  ['a large file', `#${'x'.repeat(2 ** 16)}`, /65537 bytes; expected at most 65536/],
  [
    'captions beside which the samples vanish',
    'data: a\ncaptionsInSft: 0.999999999',
    /:2: captionsInSft: .*0\.95/,
  ],
  [
    'a batch of billions',
    'data: a\nsft: { perDeviceTrainBatchSize: 1e9 }',
    /:2: sft\.perDeviceTrainBatchSize: /,
  ],
  ['a width of billions', 'data: a\nmodel: { text: { hiddenSize: 1e9 } }', /:2: model\.text\.hiddenSize: /],
  ['a number that is none', 'data: a\nsft: { learningRate: .nan }', /:2: sft\.learningRate: /],
  ['no end of epochs', 'data: a\nsft: { numTrainEpochs: .inf }', /:2: sft\.numTrainEpochs: /],
  ['keys inside keys', '? '.repeat(500), /levels/],
  ['thousands of keys inside keys', '? '.repeat(30_000), /levels|stack/],
  ['list items inside list items', '- '.repeat(30_000), /nest|levels|stack/],
])('%s', async (name, text, message) => {
  const file = join(folder, `${name.replaceAll(/\W/g, '')}.yaml`);
  writeFileSync(file, text);
  expect(await refusal(file)).toMatch(message);
  expect((await refusal(file)).startsWith(file)).toBe(true);
});

test('what is no UTF-8, no file, or not there', async () => {
  const place = (name: string) => join(folder, name);
  writeFileSync(place('latin.yaml'), Buffer.from('data: caf\xe9', 'latin1'));
  expect(await refusal(place('latin.yaml'))).toMatch(
    /cannot be read: the file is not valid UTF-8\. Fix: give a recipe/,
  );
  execFileSync('mkfifo', [place('fifo.yaml')]);
  expect(await refusal(place('fifo.yaml'))).toMatch(
    /cannot be read: not a file but a pipe\. Fix: give a recipe/,
  );
  mkdirSync(place('directory.yaml'));
  expect(await refusal(place('directory.yaml'))).toMatch(
    /cannot be read: not a file but a folder\. Fix: give a recipe/,
  );
  symlinkSync('loop.yaml', place('loop.yaml'));
  expect(await refusal(place('loop.yaml'))).toMatch(
    /cannot be read: the path is a loop of symbolic links\. Fix: give a recipe/,
  );
  expect(await refusal('/dev/zero')).toMatch(
    /cannot be read: not a file but a socket or device\. Fix: give a recipe/,
  );
  expect(await refusal(place('none.yaml'))).toMatch(/cannot be read: no such file\. Fix: give a recipe/);
});

test('a byte order mark and CRLF are no fault', async () => {
  writeFileSync(join(folder, 'windows.yaml'), '\ufeffdata: a.jsonl\r\nseed: 3\r\n');
  expect(await readRecipe(join(folder, 'windows.yaml'))).toMatchObject({
    data: join(folder, 'a.jsonl'),
    seed: 3,
  });
});
