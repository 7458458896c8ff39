import { join } from 'node:path';
import type { RewardFunc } from '../../lib/rewards/index.js';
import { GRPOTrainer, readMetrics } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel, weights } from './tiny-model.js';

const folder = temporaryFolder();

/** The number in the sample's id. */
const number: RewardFunc = ({ samples: asked }) => asked.map(({ id }) => Number(id.slice(1)));

async function train(name: string, evaluated: boolean) {
  const model = tinyModel();
  const steps: number[] = [];
  const byLength: RewardFunc = ({ completionIds, step }) => {
    steps.push(step);
    return completionIds.map((ids) => ids.length);
  };
  const outputDir = join(folder.path, name);
  await new GRPOTrainer({
    model,
    rewardFuncs: [byLength, number],
    trainDataset: samples,
    evalDataset: evaluated ? samples.slice(2, 7) : undefined,
    evaluate: async () => ({ more: 5 }),
    config: {
      outputDir,
      learningRate: 1e-2,
      numGenerations: 4,
      perDeviceTrainBatchSize: 8,
      maxCompletionLength: 4,
      maxSteps: 4,
      evalSteps: 2,
    },
  }).train();
  return { model, steps, lines: readMetrics(join(outputDir, 'metrics.jsonl')) };
}

test('an evalDataset gives the means of its rewards, and leaves no trace in the training', async () => {
  const { model, steps, lines } = await train('with', true);
  const evaluations = lines.filter((line) => 'eval_reward' in line);
  expect(evaluations.map(({ step }) => step)).toEqual([2, 4]);
  for (const line of evaluations) {
    // s2 to s6.
    expect(line['eval_rewards/number/mean']).toBe(4);
    expect(line.eval_reward).toBeCloseTo(4 + (line['eval_rewards/byLength/mean'] as number), 12);
    expect(line['eval_rewards/byLength/mean']).toBe(line['eval_completions/mean_length']);
    expect(line.eval_more).toBe(5);
  }
  // Five samples, two at a time.
  expect(steps).toEqual([0, 1, 2, 2, 2, 2, 3, 4, 4, 4]);
  const without = await train('without', false);
  expect(weights(model)).toEqual(weights(without.model));
});
