// The learning rate over the steps, against values worked out by hand from transformers' formulas.

import { type GRPOConfigInput, GRPOTrainer, SFTTrainer } from '../../lib/train/index.js';
import { samples, tinyModel } from './tiny-model.js';

jest.setTimeout(120_000);

async function ratesOf(config: GRPOConfigInput): Promise<number[]> {
  const rates: number[] = [];
  const model = tinyModel();
  const trainer = new SFTTrainer({
    model,
    trainDataset: samples,
    formatCompletion: () => 'ab',
    config: {
      outputDir: null,
      maxSteps: 10,
      perDeviceTrainBatchSize: 1,
      loggingSteps: 1,
      ...config,
    } as never,
    callbacks: [{ onLog: (_, __, { learning_rate }) => void rates.push(learning_rate) }],
  });
  await trainer.train();
  model.graph.dispose();
  return rates;
}

const round = (values: readonly number[]) => values.map((value) => Number(value.toFixed(7)));

test('cosine_with_min_lr goes down to minLr; a ratio of 0.15 of ten steps warms up in two', async () => {
  const rates = await ratesOf({
    learningRate: 1e-2,
    lrSchedulerType: 'cosine_with_min_lr',
    lrSchedulerKwargs: { minLr: 1e-3 },
    warmupRatio: 0.15,
  });
  // 1e-3 + 9e-3 (1 + cos(pi (step - 2) / 8)) / 2 after the warm-up: cos(pi / 4) = 0.7071068 at steps 4 and, negative, 8.
  const [first, second, third, , fifth, , seventh, , ninth] = round(rates);
  expect([first, second, third]).toEqual([0, 5e-3, 1e-2]);
  expect([fifth, seventh, ninth]).toEqual([8.682e-3, 5.5e-3, 2.318e-3]);
});

test('warmupSteps comes before warmupRatio', async () => {
  const rates = await ratesOf({
    learningRate: 8e-3,
    lrSchedulerType: 'constant',
    warmupSteps: 4,
    warmupRatio: 0.9,
    maxSteps: 6,
  });
  expect(round(rates)).toEqual([0, 2e-3, 4e-3, 6e-3, 8e-3, 8e-3]);
});

test.each<[GRPOConfigInput]>([
  [{ lrSchedulerType: 'cosine_with_min_lr' }],
  [{ lrSchedulerType: 'cosine', lrSchedulerKwargs: { minLr: 1e-7 } }],
  [{ lrSchedulerType: 'cosine_with_min_lr', learningRate: 1e-6, lrSchedulerKwargs: { minLr: 1e-5 } }],
])('%j is refused', (config) => {
  const make = () =>
    new GRPOTrainer({ model: tinyModel(), trainDataset: [], rewardFuncs: [() => []], config });
  expect(make).toThrow('lrSchedulerKwargs: expected { minLr }, at most learningRate');
});
