// The folder of a run: whose it is, what is replaced, the copy of its recipe, and what a resume says has changed.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Recipe, readRecipe } from '../../lib/recipe/index.js';
import { beginRun, lockRunFolder } from '../../lib/recipe/run-folder.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-run-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]) => join(folder, ...names);

function recipe(fields: object = {}, name = 'mine.yaml'): Promise<Recipe> {
  const given = { data: 'x.jsonl', output: 'run', sft: { maxSteps: 7 }, ...fields };
  writeFileSync(at(name), stringify(JSON.parse(JSON.stringify(given))));
  return readRecipe(at(name));
}

/** Begins a run and leaves its lock. @returns what it logged */
function begin(given: Recipe, options: { resume?: boolean; overwrite?: boolean } = {}): string[] {
  const earlier = { resume: false, overwrite: false, ...options };
  const logged: string[] = [];
  const lock = lockRunFolder(given, earlier);
  beginRun(given, earlier, (line) => logged.push(line))();
  lock.release();
  return logged;
}

test('a folder in which another run goes on is refused, whatever is asked', async () => {
  const given = await recipe();
  const lock = lockRunFolder(given, { resume: false, overwrite: false });
  for (const options of [{}, { resume: true }, { overwrite: true }])
    expect(() => begin(given, options)).toThrow(/^output: .*run is in use: process \d+ on /);
  lock.release();
  expect(begin(await recipe())).toEqual([]);
});

test('a folder that holds a run is refused with the ways out', async () => {
  begin(await recipe());
  // Nothing was trained yet.
  begin(await recipe());
  mkdirSync(at('run', 'sft'));
  const again = await recipe();
  expect(() => begin(again)).toThrow(
    `output: ${at('run')} holds a run already; go on with it by --resume, replace it by --overwrite, or choose another ` +
      'folder by --output',
  );
  expect(readdirSync(at('run')).sort()).toEqual(['recipe.yaml', 'run.json', 'sft']);
  expect(begin(await recipe(), { resume: true })).toEqual([]);
});

test('what a run wrote is replaced, and nothing else', async () => {
  const own = ['start', 'caption-sft', 'sft', 'grpo', 'time-matched-sft'];
  for (const name of [...own, 'dataset']) {
    mkdirSync(at('run', name, 'inside'), { recursive: true });
    writeFileSync(at('run', name, 'file'), '');
  }
  for (const name of ['accuracy.json', 'clips.json', 'report.html', 'notes.txt'])
    writeFileSync(at('run', name), '');
  begin(await recipe(), { overwrite: true });
  expect(readdirSync(at('run')).sort()).toEqual(['dataset', 'notes.txt', 'recipe.yaml', 'run.json']);
  expect(existsSync(at('run', 'dataset', 'inside'))).toBe(true);
});

test('a copy of the recipe stands in the folder and is a recipe itself', async () => {
  const given = await recipe({
    test: 'deep/test.jsonl',
    grpo: false,
    model: { text: { layers: 3 } },
    seed: 4,
  });
  begin(given);
  const copy = await readRecipe(at('run', 'recipe.yaml'));
  expect(copy).toEqual(given);
  expect(copy).toMatchObject({
    data: at('x.jsonl'),
    test: at('deep/test.jsonl'),
    output: at('run'),
    seed: 4,
  });
  // Begun again by its copy.
  begin(copy, { resume: true });
  expect(await readRecipe(at('run', 'recipe.yaml'))).toEqual(given);
});

test('a recipe that lies in the folder itself stays as it was written', async () => {
  mkdirSync(at('run'));
  const given = await recipe({ data: '../x.jsonl', output: '.' }, 'run/recipe.yaml');
  const text = readFileSync(at('run', 'recipe.yaml'), 'utf8');
  begin(given);
  expect(readFileSync(at('run', 'recipe.yaml'), 'utf8')).toBe(text);
});

test('a resume says which settings have changed since, and keeps the new ones', async () => {
  begin(await recipe());
  const changed = await recipe({ answers: 'text', sft: { maxSteps: 7, learningRate: 0.5 } });
  // 0.0007 is the learning rate of fresh models.
  expect(begin(changed, { resume: true })).toEqual([
    'The recipe has changed since this run began; finished stages stay as they are: answers "letter" -> "text", ' +
      'sft.learningRate 0.0007 -> 0.5',
  ]);
  expect(begin(changed, { resume: true })).toEqual([]);
  expect((await readRecipe(at('run', 'recipe.yaml'))).answers).toBe('text');
});

describe('a run of an earlier version', () => {
  const refusal =
    /^output: .*run holds a run of an earlier version of earsight, which named its stages otherwise.*: it cannot be continued\. Replace it by --overwrite, or choose another folder by --output$/;
  const record = (settings: object) => ({
    ...{ started: '2026-11-01T00:00:00.000Z', versions: { node: '20.17.0' }, instructionSet: 'avx2' },
    ...{ threads: 1, settings },
  });

  test('is refused by its folders or by its record, with the reason and the ways out', async () => {
    const given = await recipe();
    for (const name of ['alignment', 'sft-continued']) {
      mkdirSync(at('run', name), { recursive: true });
      for (const options of [{}, { resume: true }]) expect(() => begin(given, options)).toThrow(refusal);
      rmSync(at('run', name), { recursive: true });
    }
    mkdirSync(at('run', 'sft'));
    const settings = { stages: ['sft', 'grpo'], momentsInSft: 0.25, sft: {} };
    writeFileSync(at('run', 'run.json'), JSON.stringify([record(settings)]));
    for (const options of [{}, { resume: true }]) expect(() => begin(given, options)).toThrow(refusal);
  });

  test('is replaced where that is asked', async () => {
    for (const name of ['start', 'alignment', 'sft', 'sft-continued', 'notes'])
      mkdirSync(at('run', name), { recursive: true });
    begin(await recipe(), { overwrite: true });
    expect(readdirSync(at('run')).sort()).toEqual(['notes', 'recipe.yaml', 'run.json']);
  });
});

test('stages under names of their own are those of a run; what a record names elsewhere is not touched', async () => {
  const list = { sft: undefined, stages: [{ sft: { name: 'warm-up' } }, { grpo: { name: 'qi' } }] };
  begin(await recipe(list));
  for (const name of ['warm-up', 'qi', 'dataset']) mkdirSync(at('run', name));
  // The recipe has other stages now.
  const other = await recipe();
  expect(() => begin(other)).toThrow(/holds a run already/);
  const [record] = JSON.parse(readFileSync(at('run', 'run.json'), 'utf8'));
  expect(record.settings).toMatchObject({ stages: ['warm-up', 'qi'], qi: { numGenerations: 8 } });
  mkdirSync(at('beside'));
  record.settings.stages.push('../beside', 7);
  writeFileSync(at('run', 'run.json'), JSON.stringify([record]));
  begin(other, { overwrite: true });
  expect(readdirSync(at('run')).sort()).toEqual(['dataset', 'recipe.yaml', 'run.json']);
  expect(existsSync(at('beside'))).toBe(true);
});
