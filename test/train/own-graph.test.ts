// A graph that a program brings: sampler and trainers know of it what models.ModelGraph says, and no more.

import { join } from 'node:path';
import { flattenTrees, type Prompt, packTensors } from '../../lib/batch/index.js';
import { functional as F } from '../../lib/nn/index.js';
import { sampleBatch } from '../../lib/rollout/index.js';
import { noGrad, scope } from '../../lib/tensor/index.js';
import { GRPOTrainer, readMetrics, SFTTrainer, type TrainableModel } from '../../lib/train/index.js';
import { PlainDecoder } from '../models/plain-decoder.js';
import { temporaryFolder } from './folder.js';
import { answerOnly, defaultParams, samples, tinyModel, weights } from './tiny-model.js';

const folder = temporaryFolder();
const config = { letters: 28, width: 32, blocks: 2, longest: 16 };
const own = (seed = 1): TrainableModel => tinyModel(seed, () => new PlainDecoder(config));

/** The likeliest tokens after a prompt, each from a pass over all tokens before it. */
function continued({ graph }: TrainableModel, { root, question }: Prompt, count: number): number[] {
  const ids: number[] = [];
  for (let i = 0; i < count; i++) {
    const next = scope(() =>
      noGrad(() => {
        const tree = { root, children: [{ ids: [...question, ...ids] }] };
        const { packed } = packTensors(flattenTrees([tree], graph.layOut));
        const hidden = graph.forward(packed);
        return F.linear(hidden, graph.headWeight).argmax(-1).toArray() as number[];
      }),
    );
    ids.push(next.at(-1)!);
  }
  return ids;
}

test('is sampled over its own cache as it continues without one', async () => {
  const model = own();
  const { av: prompts = [] } = await model.prepare(samples.slice(0, 5), { views: ['av'] });
  const params = { ...defaultParams, temperature: 0, maxNewTokens: 5 };
  const sampled = await sampleBatch(model.graph, prompts, params, { stopIds: [], decode: String });
  expect(sampled.map(([{ ids }]) => ids)).toEqual(prompts.map((prompt) => continued(model, prompt, 5)));
});

const sft = (model: TrainableModel, outputDir: string, maxSteps: number) =>
  new SFTTrainer({
    model,
    trainDataset: samples,
    formatCompletion: answerOnly,
    config: {
      ...{ outputDir, maxSteps, saveSteps: 30, loggingSteps: 1, perDeviceTrainBatchSize: 12 },
      ...{ learningRate: 1e-2, optim: 'muon', lrSchedulerType: 'constant' },
    },
  });

test('learns its answers by SFT, and goes on from a checkpoint as if nothing had been', async () => {
  const whole = own();
  await sft(whole, join(folder.path, 'whole'), 60).train();
  const losses = readMetrics(join(folder.path, 'whole', 'metrics.jsonl')).map(({ loss }) => loss as number);
  // Fresh weights give a loss of the order of ln 28 = 3.3.
  expect(losses[0]).toBeGreaterThan(2);
  expect(losses.at(-1)).toBeLessThan(0.1);
  const { av = [] } = await whole.prepare(samples.slice(4, 5), { views: ['av'] });
  const [{ question, root }] = av;
  expect(continued(whole, { question, root } as Prompt, 3)).toEqual(whole.encodeCompletion('ee'));

  const other = own(2);
  const resumeFrom = join(folder.path, 'whole', 'checkpoint-30');
  await sft(other, join(folder.path, 'whole'), 60).train({ resumeFrom });
  expect(weights(other)).toEqual(weights(whole));
});

test('is trained by GRPO beside a frozen copy of itself', async () => {
  const model = own();
  const before = weights(model);
  await new GRPOTrainer({
    model,
    rewardFuncs: [
      function copies({ completions, samples: asked }) {
        return completions.map((text, i) => Number(text[0] === asked[i].question[0]));
      },
    ],
    trainDataset: samples,
    config: {
      ...{ outputDir: join(folder.path, 'grpo'), maxSteps: 3, loggingSteps: 1, beta: 0.1 },
      ...{ numGenerations: 4, perDeviceTrainBatchSize: 48, maxCompletionLength: 3, learningRate: 1e-2 },
    },
  }).train();
  const lines = readMetrics(join(folder.path, 'grpo', 'metrics.jsonl'));
  // The policy starts as the reference and moves away from it.
  expect(lines[0].kl).toBeCloseTo(0, 6);
  expect(lines.at(-1)!.kl).toBeGreaterThan(1e-4);
  expect(weights(model)).not.toEqual(before);
});
