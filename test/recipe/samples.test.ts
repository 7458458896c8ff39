/** Which samples of a recipe each stage learns. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecipe, readRecipeSamples } from '../../lib/recipe/index.js';
import { openModel } from '../../lib/recipe/open-model.js';
import { repeatedCaptions, sftRows } from '../../lib/recipe/stages/sft.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-recipe-data-'));
writeFileSync(join(folder, 'clip.mp4'), 'not looked at');
afterAll(() => rmSync(folder, { recursive: true }));

const open = { id: 'open', video: 'clip.mp4', question: 'Why?' };
const answered = { ...open, id: 'answered', options: ['x', 'y'], answer: 'y' };
const reasoned = { ...answered, id: 'reasoned', steps: ['It is y.'] };

/** Ids that SFT learns from these rows. */
async function learnt(rows: object[], more = ''): Promise<string[]> {
  writeFileSync(join(folder, 'data.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  writeFileSync(join(folder, 'recipe.yaml'), `data: data.jsonl\n${more}`);
  const recipe = await readRecipe(join(folder, 'recipe.yaml'));
  return sftRows(recipe.stages[0], recipe, readRecipeSamples(recipe)).questions.map(({ id }) => id);
}

describe('SFT learns', () => {
  test('questions with their answers alone, where no sample has steps', async () => {
    expect(await learnt([open, answered])).toEqual(['answered']);
  });

  test('the samples with steps, where GRPO has the others', async () => {
    expect(await learnt([answered, reasoned])).toEqual(['reasoned']);
  });

  test('both, where there is no GRPO', async () => {
    expect(await learnt([answered, reasoned], 'grpo: false')).toEqual(['reasoned', 'answered']);
  });

  test("what stands in a file of its own, whatever later stages learn of the recipe's", async () => {
    const bare = { ...answered, id: 'bare' };
    writeFileSync(
      join(folder, 'own.jsonl'),
      `${JSON.stringify(bare)}\n${JSON.stringify({ ...reasoned, id: 'own' })}\n`,
    );
    const more = 'prompt: { system: Look. }\nstages: [{ sft: { data: own.jsonl } }, grpo]\n';
    expect(await learnt([answered, reasoned], more)).toEqual(['bare', 'own']);
    const recipe = await readRecipe(join(folder, 'recipe.yaml'));
    const samples = readRecipeSamples(recipe);
    expect(samples['sft.data']).toEqual(
      ['bare', 'own'].map((id) => expect.objectContaining({ id, system: 'Look.' })),
    );
    expect(samples.answerOnly.map(({ id }) => id)).toEqual(['answered']);
    const model = await openModel(recipe, { ...samples, answerOnly: [], withRationale: [] });
    expect(model.tokenizer.encode('Why')).toHaveLength(1);
    await expect(learnt([open], 'stages: [{ sft: { data: own.jsonl } }]\n')).resolves.toEqual([
      'bare',
      'own',
    ]);
  });

  test('nothing from questions without an answer', async () => {
    await expect(learnt([open])).rejects.toThrow(
      /no sample has "steps" or an "answer" for SFT to learn, and no row is a conversation; add some/,
    );
  });
});

describe('captions among the samples of SFT', () => {
  const captions = Array.from({ length: 20 }, (_, i) => ({
    id: `caption ${i}`,
    video: 'clip.mp4',
    question: 'Seen at 0.0?',
    steps: ['nothing'],
    spans: [[0, 0.5]],
  }));

  /** Ids of the captions that SFT repeats beside six other samples. */
  async function repeated(more = ''): Promise<string[]> {
    writeFileSync(join(folder, 'captions.jsonl'), captions.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const rows = Array.from({ length: 6 }, (_, i) => ({ ...reasoned, id: `reasoned ${i}` }));
    writeFileSync(join(folder, 'data.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    writeFileSync(join(folder, 'recipe.yaml'), `data: data.jsonl\ncaptions: captions.jsonl\n${more}`);
    const recipe = await readRecipe(join(folder, 'recipe.yaml'));
    const { captions: given, withRationale } = readRecipeSamples(recipe);
    return repeatedCaptions(recipe, given, withRationale.length).map(({ id }) => id);
  }

  test('are the fraction that the recipe asks for, a quarter where it does not', async () => {
    // 2 of 8, 6 of 12, none of 6.
    expect(await repeated()).toHaveLength(2);
    expect(await repeated('captionsInSft: 0.5\n')).toHaveLength(6);
    expect(await repeated('captionsInSft: 0\n')).toEqual([]);
  });

  test('are drawn by the seed, each once, and all of them where there are no more', async () => {
    expect(await repeated('captionsInSft: 0.5\n')).toEqual(await repeated('captionsInSft: 0.5\n'));
    expect(await repeated('captionsInSft: 0.5\n')).not.toEqual(
      await repeated('captionsInSft: 0.5\nseed: 1\n'),
    );
    expect(new Set(await repeated('captionsInSft: 0.5\n')).size).toBe(6);
    expect((await repeated('captionsInSft: 0.9\n')).sort()).toEqual(captions.map(({ id }) => id).sort());
  });

  test('are less than all samples', async () => {
    await expect(repeated('captionsInSft: 1\n')).rejects.toThrow(/recipe.yaml:3: captionsInSft: .*got 1/);
  });
});
