// A checkpoint's folder may have been edited, damaged or come from elsewhere: what its files say is checked before it is used,
// and the error names the file.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { torch } from '../../lib/tensor/index.js';
import { SFTTrainer } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { answerOnly, samples, tinyModel } from './tiny-model.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
const trainer = (outputDir: string) =>
  new SFTTrainer({
    model: tinyModel(),
    trainDataset: samples,
    formatCompletion: answerOnly,
    config: { outputDir, maxSteps: 3, perDeviceTrainBatchSize: 2 },
  });

const checkpoint = () => at('run/checkpoint-1');
beforeEach(async () => {
  const config = { outputDir: at('first'), maxSteps: 1, perDeviceTrainBatchSize: 2 };
  await new SFTTrainer({
    model: tinyModel(),
    trainDataset: samples,
    formatCompletion: answerOnly,
    config,
  }).train();
  cpSync(at('first'), at('run'), { recursive: true });
});

type State = Record<string, never>;
function edit(change: (state: State) => void): void {
  const file = join(checkpoint(), 'trainer_state.json');
  const state = JSON.parse(readFileSync(file, 'utf8'));
  change(state);
  writeFileSync(file, JSON.stringify(state));
}
const set = (path: string, value: unknown) => (state: State) => {
  const keys = path.split('.');
  const last = keys.pop() as string;
  const place = keys.reduce<Record<string, unknown>>((inner, key) => inner[key] as never, state);
  place[last] = value;
};
const resume = () => trainer(at('run')).train({ resumeFrom: checkpoint() });

test.each<[string, unknown]>([
  ['state', null],
  ['state', []],
  ['state.step', -1],
  ['state.step', 1.5],
  ['state.step', 2 ** 53],
  ['state.step', '1'],
  ['state.epoch', 'x'],
  ['state.numTokens', '7'],
  ['state.numTokens', null],
  ['state.skippedSteps', -1],
  ['state.seconds', -5],
  ['state.evaluations', [1]],
  ['state.evaluations', [{ step: 1, metrics: { eval_loss: 'low' } }]],
  ['cursor.epoch', 1e300],
  ['cursor.index', -1],
  ['pending', { loss: ['a', 1] }],
  ['paramGroups', {}],
  ['paramGroups', [{}]],
  ['paramGroups', [{ params: [0.5] }]],
  ['rng', 'not base64 !'],
  ['rng', 7],
  ['deviceRng', { 'cuda:0': 'not base64 !' }],
])('%s = %j in trainer_state.json is refused by the file and the field', async (path, value) => {
  edit(set(path, value));
  const error = await resume().catch((reason: Error) => reason);
  expect(error).toMatchObject({ name: 'FileError', file: join(checkpoint(), 'trainer_state.json') });
  expect((error as Error).message).toContain(path);
});

test.each<[string, unknown]>([
  ['rng', 'AAAA'],
  ['rng', ''],
])('%s = %j, which is none of a generator, is refused by the file', async (path, value) => {
  edit(set(path, value));
  await expect(resume()).rejects.toThrow(join(checkpoint(), 'trainer_state.json'));
});

test('groups of other parameters, and of millions, are refused by the file', async () => {
  const file = join(checkpoint(), 'optimizer.safetensors');
  for (const params of [[], Array.from({ length: 1e6 }, (_, i) => i)]) {
    edit(set('paramGroups', [{ params, lr: 1, initialLr: 1 }]));
    await expect(resume()).rejects.toMatchObject({ name: 'FileError', file });
  }
});

test.each<[string, (state: Record<string, import('../../lib/index.js').Tensor>) => void]>([
  ['another shape', (state) => Object.assign(state, { '0.exp_avg': torch.ones([1]) })],
  ['a key of no parameter', (state) => Object.assign(state, { '999.exp_avg': torch.ones([1]) })],
  ['a key that is none', (state) => Object.assign(state, { 'x.exp_avg': torch.ones([1]) })],
  ['a tensor that is missing', (state) => delete state['0.exp_avg_sq']],
])('optimizer state with %s is refused by the file', async (_, change) => {
  const file = join(checkpoint(), 'optimizer.safetensors');
  const state = torch.load(file);
  change(state);
  torch.save(state, file);
  const error = await resume().catch((reason: Error) => reason);
  expect(error).toMatchObject({ name: 'FileError', file });
});

test('weights of another model are refused by the file', async () => {
  const file = join(checkpoint(), 'model.safetensors');
  torch.save({ w: torch.ones([2]) }, file);
  await expect(resume()).rejects.toMatchObject({ name: 'FileError', file });
});

test('what is untouched goes on', async () => {
  const { state } = await resume();
  expect(state.step).toBe(3);
});
