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
import { type Recipe, readRecipe } from '../../lib/recipe/recipe.js';
import { beginRun, lockRunFolder } from '../../lib/recipe/run-folder.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-run-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]) => join(folder, ...names);

function recipe(fields: object = {}, name = 'mine.yaml'): Recipe {
  writeFileSync(at(name), stringify({ data: 'x.jsonl', output: 'run', sft: { maxSteps: 7 }, ...fields }));
  return readRecipe(at(name));
}

/** Begins a run and leaves its lock. @returns what it said */
function begin(given: Recipe, options: { resume?: boolean; overwrite?: boolean } = {}): string[] {
  const earlier = { resume: false, overwrite: false, ...options };
  const said: string[] = [];
  const lock = lockRunFolder(given, earlier);
  beginRun(given, ['sft'], earlier, (line) => said.push(line))();
  lock.release();
  return said;
}

test('a folder in which another run goes on is refused, whatever is asked', () => {
  const lock = lockRunFolder(recipe(), { resume: false, overwrite: false });
  for (const options of [{}, { resume: true }, { overwrite: true }])
    expect(() => begin(recipe(), options)).toThrow(/^output: .*run is in use: process \d+ on /);
  lock.release();
  expect(begin(recipe())).toEqual([]);
});

test('a folder that holds a run is refused with the ways out', () => {
  begin(recipe());
  // Nothing was trained yet.
  begin(recipe());
  mkdirSync(at('run', 'sft'));
  expect(() => begin(recipe())).toThrow(
    `output: ${at('run')} holds a run already; go on with it by --resume, replace it by --overwrite, or choose another ` +
      'folder by --output',
  );
  expect(readdirSync(at('run')).sort()).toEqual(['recipe.yaml', 'run.json', 'sft']);
  expect(begin(recipe(), { resume: true })).toEqual([]);
});

test('what a run wrote is replaced, and nothing else', () => {
  const own = ['start', 'alignment', 'sft', 'grpo', 'sft-continued'];
  for (const name of [...own, 'world']) {
    mkdirSync(at('run', name, 'inside'), { recursive: true });
    writeFileSync(at('run', name, 'file'), '');
  }
  for (const name of ['accuracy.json', 'clips.json', 'report.html', 'notes.txt'])
    writeFileSync(at('run', name), '');
  begin(recipe(), { overwrite: true });
  expect(readdirSync(at('run')).sort()).toEqual(['notes.txt', 'recipe.yaml', 'run.json', 'world']);
  expect(existsSync(at('run', 'world', 'inside'))).toBe(true);
});

test('a copy of the recipe stands in the folder and is a recipe itself', () => {
  const given = recipe({ test: 'deep/test.jsonl', grpo: false, model: { text: { layers: 3 } }, seed: 4 });
  begin(given);
  const copy = readRecipe(at('run', 'recipe.yaml'));
  expect(copy).toEqual(given);
  expect(copy).toMatchObject({
    data: at('x.jsonl'),
    test: at('deep/test.jsonl'),
    output: at('run'),
    seed: 4,
  });
  // Begun again by its copy.
  begin(copy, { resume: true });
  expect(readRecipe(at('run', 'recipe.yaml'))).toEqual(given);
});

test('a recipe that lies in the folder itself stays as it was written', () => {
  mkdirSync(at('run'));
  const given = recipe({ data: '../x.jsonl', output: '.' }, 'run/recipe.yaml');
  const text = readFileSync(at('run', 'recipe.yaml'), 'utf8');
  begin(given);
  expect(readFileSync(at('run', 'recipe.yaml'), 'utf8')).toBe(text);
});

test('a resume says which settings have changed since, and keeps the new ones', () => {
  begin(recipe());
  const changed = recipe({ answers: 'text', sft: { maxSteps: 7, learningRate: 0.5 } });
  // 0.0007 is the learning rate of fresh models.
  expect(begin(changed, { resume: true })).toEqual([
    'The recipe has changed since this run began; finished stages stay as they are: answers "letter" -> "text", ' +
      'sft.learningRate 0.0007 -> 0.5',
  ]);
  expect(begin(changed, { resume: true })).toEqual([]);
  expect(readRecipe(at('run', 'recipe.yaml')).answers).toBe('text');
});
