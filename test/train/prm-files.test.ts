// Reward models in files: beside their model, in checkpoints, and what is refused of them.

import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PathRecord } from '../../lib/data/index.js';
import { adaptable } from '../../lib/models/index.js';
import { torch } from '../../lib/tensor/index.js';
import { type PRMConfigInput, PRMTrainer, RewardModel } from '../../lib/train/index.js';
import { textModel } from '../omni/text-model.js';
import { temporaryFolder } from './folder.js';
import { samples as asked, tinyModel } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();
const at = (...names: string[]) => join(folder.path, ...names);

const samples = [{ id: 'q', question: 'what is it' }];
const batch = () => ({
  samples: [samples[0], samples[0]],
  paths: [['one<end_of_step>', '\ntwo'], ['three']],
});

function textReward(): RewardModel<ReturnType<typeof textModel>> {
  const model = textModel();
  torch.manualSeed(3);
  return new RewardModel(model);
}

test('a folder holds model and rows, which score as before', async () => {
  const reward = textReward();
  await reward.savePretrained(at('model'));
  const read = await RewardModel.fromPretrained(at('model'));
  expect(await read.scorer(batch())).toEqual(await reward.scorer(batch()));
});

test('a folder of PEFT holds the rows that were trained with its adapter', async () => {
  const reward = textReward();
  reward.model.savePretrained(at('base'));
  reward.model.addAdapter({ r: 2, initLoraWeights: 'gaussian' });
  reward.model.saveAdapter(at('adapter'));
  reward.head.save(at('adapter'));
  const read = await RewardModel.fromPretrained(at('base'), { adapter: at('adapter') });
  expect(await read.scorer(batch())).toEqual(await reward.scorer(batch()));
});

test('rows of another width, other names, and a folder without rows are refused by their file', async () => {
  const reward = textReward();
  await reward.savePretrained(at('wrong'));
  const file = at('wrong', 'reward_head.safetensors');
  const bias = torch.zeros([2]);
  torch.save({ 'score.weight': torch.zeros([2, 16]), 'score.bias': bias }, file);
  await expect(RewardModel.fromPretrained(at('wrong'))).rejects.toThrow(
    /reward_head\.safetensors.*score\.weight has shape \[2,16\], expected \[2,32\]/,
  );
  torch.save({ 'v_head.weight': torch.zeros([2, 32]), 'score.bias': bias }, file);
  await expect(RewardModel.fromPretrained(at('wrong'))).rejects.toThrow(
    /reward_head\.safetensors.*missing keys: score\.weight; unknown keys: v_head\.weight/,
  );
  rmSync(file);
  await expect(RewardModel.fromPretrained(at('wrong'))).rejects.toThrow(
    /reward_head\.safetensors.*the folder holds no reward model/,
  );
});

const records = asked.map(
  ({ id: sampleId }, i): PathRecord => ({
    ...{ sampleId, seed: 0, path: ['abc'[i % 3], i % 2 ? 'g' : 'w'], answer: '' },
    ...{ correct: i % 2 === 1, tokens: 2 },
  }),
);

async function train(config: PRMConfigInput, hasAdapter: boolean, resumeFrom?: string) {
  const model = tinyModel();
  torch.manualSeed(5);
  const reward = new RewardModel(model);
  if (hasAdapter) adaptable(model.graph).addAdapter({ r: 4, alpha: 8 });
  await new PRMTrainer({
    model: reward,
    samples: asked,
    trainDataset: records,
    config: {
      perDeviceTrainBatchSize: 4,
      saveSteps: 3,
      learningRate: 1e-2,
      lrSchedulerType: 'constant',
      ...config,
    },
  }).train({ resumeFrom });
  const own = [...model.graph.namedParameters(), ...reward.head.namedParameters()];
  return own.map(([name, tensor]) => [name, tensor.toArray()]);
}

test.each([
  ['all weights', false],
  ['an adapter', true],
])('%s: a resumed training ends with the same model and rows, bit for bit', async (name, hasAdapter) => {
  const whole = await train({ outputDir: at(`${name}, whole`), maxSteps: 6 }, hasAdapter);
  const outputDir = at(`${name}, parts`);
  await train({ outputDir, maxSteps: 3 }, hasAdapter);
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const resumed = await train({ outputDir, maxSteps: 6 }, hasAdapter, join(outputDir, 'checkpoint-3'));
  warned.mockRestore();
  expect(resumed).toEqual(whole);
  rmSync(join(outputDir, 'checkpoint-3', 'reward_head.safetensors'));
  mkdirSync(at('moved'), { recursive: true });
  cpSync(outputDir, at('moved'), { recursive: true });
  await expect(
    train({ outputDir: at('moved'), maxSteps: 6 }, hasAdapter, at('moved', 'checkpoint-3')),
  ).rejects.toThrow(/reward_head\.safetensors/);
});
