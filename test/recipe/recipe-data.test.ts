/** Which samples of a recipe each stage learns. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecipe } from '../../lib/recipe/recipe.js';
import { readData, repeatedMoments, sftSamples } from '../../lib/recipe/recipe-data.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-recipe-data-'));
writeFileSync(join(folder, 'clip.mp4'), 'not looked at');
afterAll(() => rmSync(folder, { recursive: true }));

const open = { id: 'open', video: 'clip.mp4', question: 'Why?' };
const answered = { ...open, id: 'answered', options: ['x', 'y'], answer: 'y' };
const reasoned = { ...answered, id: 'reasoned', steps: ['It is y.'] };

/** Ids that SFT learns from these rows. */
function learnt(rows: object[], more = ''): string[] {
  writeFileSync(join(folder, 'data.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  writeFileSync(join(folder, 'recipe.yaml'), `data: data.jsonl\n${more}`);
  const recipe = readRecipe(join(folder, 'recipe.yaml'));
  return sftSamples(recipe, readData(recipe)).map(({ id }) => id);
}

describe('SFT learns', () => {
  test('questions with their answers alone, where no sample has steps', () => {
    expect(learnt([open, answered])).toEqual(['answered']);
  });

  test('the samples with steps, where GRPO has the others', () => {
    expect(learnt([answered, reasoned])).toEqual(['reasoned']);
  });

  test('both, where there is no GRPO', () => {
    expect(learnt([answered, reasoned], 'grpo: false')).toEqual(['reasoned', 'answered']);
  });

  test('nothing from questions without an answer', () => {
    expect(() => learnt([open])).toThrow(/no sample has "steps" or an "answer" for SFT to learn; add some/);
  });
});

describe('moments among the samples of SFT', () => {
  const moments = Array.from({ length: 20 }, (_, i) => ({
    id: `moment ${i}`,
    video: 'clip.mp4',
    question: 'Seen at 0.0?',
    steps: ['nothing'],
    spans: [[0, 0.5]],
  }));

  /** Ids of the moments that SFT repeats beside six other samples. */
  function repeated(more = ''): string[] {
    writeFileSync(join(folder, 'moments.jsonl'), moments.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const rows = Array.from({ length: 6 }, (_, i) => ({ ...reasoned, id: `reasoned ${i}` }));
    writeFileSync(join(folder, 'data.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    writeFileSync(join(folder, 'recipe.yaml'), `data: data.jsonl\nmoments: moments.jsonl\n${more}`);
    const recipe = readRecipe(join(folder, 'recipe.yaml'));
    return repeatedMoments(recipe, readData(recipe)).map(({ id }) => id);
  }

  test('are the fraction that the recipe asks for, a quarter where it does not', () => {
    // 2 of 8, 6 of 12, none of 6.
    expect(repeated()).toHaveLength(2);
    expect(repeated('momentsInSft: 0.5\n')).toHaveLength(6);
    expect(repeated('momentsInSft: 0\n')).toEqual([]);
  });

  test('are drawn by the seed, each once, and all of them where there are no more', () => {
    expect(repeated('momentsInSft: 0.5\n')).toEqual(repeated('momentsInSft: 0.5\n'));
    expect(repeated('momentsInSft: 0.5\n')).not.toEqual(repeated('momentsInSft: 0.5\nseed: 1\n'));
    expect(new Set(repeated('momentsInSft: 0.5\n')).size).toBe(6);
    expect(repeated('momentsInSft: 0.9\n').sort()).toEqual(moments.map(({ id }) => id).sort());
  });

  test('are less than all samples', () => {
    expect(() => repeated('momentsInSft: 1\n')).toThrow(/recipe.yaml:3: momentsInSft: .*got 1/);
  });
});
