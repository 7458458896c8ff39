/** What a recipe's `prompt` adds to the prompts of its samples. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSmallModel } from '../../lib/omni/index.js';
import { readRecipe, readRecipeSamples } from '../../lib/recipe/index.js';
import { scope } from '../../lib/tensor/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-recipe-prompt-'));
afterAll(() => rmSync(folder, { recursive: true }));

const row = { id: 'a', question: 'Why?', options: ['x', 'y'], answer: 'y' };

async function read(prompt: string, more = {}) {
  writeFileSync(join(folder, 'data.jsonl'), `${JSON.stringify({ ...row, ...more })}\n`);
  writeFileSync(join(folder, 'recipe.yaml'), `data: data.jsonl\ngrpo: false\n${prompt}`);
  const recipe = await readRecipe(join(folder, 'recipe.yaml'));
  return readRecipeSamples(recipe).answerOnly;
}

test('system message and instruction reach the prompt; the question stays as it was', async () => {
  const [sample] = await read('prompt: { system: "Cite spans.", instruction: "Answer by the letter." }');
  expect(sample).toMatchObject({
    question: 'Why?',
    system: 'Cite spans.',
    instruction: 'Answer by the letter.',
  });
  const model = newSmallModel([sample]);
  const { text, written } = await scope(async () => {
    const { av } = await model.prepare([sample], { views: ['av'] });
    const [{ text, root, question }] = av;
    return { text, written: model.tokenizer.decode([...root.textIds, ...question]) };
  });
  expect(text).toBe('Why?\nA. x\nB. y\nAnswer by the letter.');
  expect(written).toContain('Cite spans.');
  expect(written).toContain('B. y\nAnswer by the letter.');
});

test('without it nothing is added', async () => {
  const [sample] = await read('');
  expect(sample.system).toBeUndefined();
  expect(sample.instruction).toBeUndefined();
});

test.each([
  ['prompt: { sytem: "x" }', /sytem.*did you mean 'system'/s],
  ['prompt: { instruction: " " }', /instruction.*expected a text that is not empty/s],
  ['prompt: text', /prompt.*expected \{ protocol, system, instruction, directInstruction, finalQuestion \}/s],
])('%s is refused', async (prompt, message) => {
  await expect(read(prompt)).rejects.toThrow(message);
});
