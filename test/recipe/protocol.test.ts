/** `prompt.protocol` of a recipe: which rows fit, what they are asked, what stages teach and score. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecipe, readRecipeSamples } from '../../lib/recipe/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-recipe-protocol-'));
afterAll(() => rmSync(folder, { recursive: true }));

const row = { id: 'a', question: 'Why?', options: ['x', 'y'], answer: 'y', steps: ['z'] };
const write = (name: string, ...rows: object[]) =>
  writeFileSync(join(folder, name), rows.map((it) => `${JSON.stringify(it)}\n`).join(''));

async function read(text: string, rows: object[] = [row]) {
  write('data.jsonl', ...rows);
  writeFileSync(join(folder, 'recipe.yaml'), `data: data.jsonl\n${text}`);
  return readRecipe(join(folder, 'recipe.yaml'));
}
const sft = 'stages: [sft]\n';

test('prompts say how to answer under the protocol', async () => {
  const prompt = '{ protocol: PROTOCOL, instruction: Think., directInstruction: Be quick. }';
  const asked = async (protocol: string) =>
    readRecipeSamples(await read(`${sft}prompt: ${prompt.replace('PROTOCOL', protocol)}`)).withRationale[0]
      .instruction;
  expect(await asked('steps')).toBe('Think.');
  expect(await asked('twoTurn')).toBe('Think.');
  expect(await asked('direct')).toBe('Be quick.');
});

test('captions have no instruction of another protocol than spans', async () => {
  write('captions.jsonl', { id: 'c', question: 'When?', steps: ['now'], spans: [[0, 1]] });
  const captions = async (protocol: string) => {
    const recipe = await read(
      `${sft}captions: captions.jsonl\nprompt: { protocol: ${protocol}, instruction: Think. }`,
    );
    return readRecipeSamples(recipe).captions[0].instruction;
  };
  expect(await captions('spans')).toBe('Think.');
  expect(await captions('steps')).toBeUndefined();
});

test.each<[string, string, object, RegExp]>([
  [
    'steps without steps',
    'steps',
    { steps: undefined },
    /data\.jsonl: sample a: no "steps", which protocol 'steps' teaches; write/,
  ],
  ['two turns without steps', 'twoTurn', { steps: undefined }, /data\.jsonl: sample a: no "steps"/],
  ['no answer', 'direct', { answer: undefined }, /data\.jsonl: sample a: no "answer"/],
  [
    'a mark in a step',
    'steps',
    { steps: ['z<end_of_step>'] },
    /data\.jsonl: sample a: steps\[0\]: expected a text without <end_of_step>/,
  ],
])('%s is bad input', async (_, protocol, fields, message) => {
  const recipe = await read(`${sft}prompt: { protocol: ${protocol} }`, [{ ...row, ...fields }]);
  expect(() => readRecipeSamples(recipe)).toThrow(message);
});

test('a row that is held out has to fit too', async () => {
  write('held.jsonl', { ...row, steps: undefined });
  const recipe = await read(`${sft}validation: held.jsonl\nprompt: { protocol: steps }`);
  expect(() => readRecipeSamples(recipe)).toThrow(/held\.jsonl: sample a: no "steps"/);
});

test('a mixture takes rows without steps, and needs prompts that tell', async () => {
  const mixed = 'stages: [{ sft: { directFraction: 0.5 } }]\n';
  const bare = [row, { ...row, id: 'b', steps: undefined }];
  const recipe = await read(`${mixed}prompt: { protocol: steps }`, bare);
  expect(readRecipeSamples(recipe).answerOnly).toHaveLength(1);
  await expect(read(`${mixed}prompt: { protocol: steps, instruction: Think. }`)).rejects.toThrow(
    /recipe\.yaml:2.*directFraction.*give directInstruction too/,
  );
  await expect(
    read('captions: c.jsonl\nstages: [{ caption-sft: { directFraction: 0.5 } }]\n'),
  ).rejects.toThrow(/directFraction.*captions have no direct answers/);
});

test.each([
  ['rewards: [format]', { name: 'format', protocol: 'steps' }],
  ['rewards: { format: 2 }', { name: 'format', protocol: 'steps', weight: 2 }],
  ['rewards: [{ name: format, protocol: direct }]', { name: 'format', protocol: 'direct' }],
])('the format reward asks for the layout of the protocol: %s', async (rewards, entry) => {
  const { rewards: entries = [] } = await read(`stages: [grpo]\n${rewards}\nprompt: { protocol: steps }`);
  expect(entries).toEqual([expect.objectContaining(entry)]);
  expect(entries[0]).not.toHaveProperty('mode');
});

test('an unknown protocol is refused', async () => {
  await expect(read('prompt: { protocol: thoughts }')).rejects.toThrow(
    /prompt\.protocol.*spans.*steps.*twoTurn.*direct/s,
  );
});
