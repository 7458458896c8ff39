/** Which samples of a recipe each stage learns. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecipe } from '../../lib/cli/recipe.js';
import { readData, sftSamples } from '../../lib/cli/recipe-data.js';

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
