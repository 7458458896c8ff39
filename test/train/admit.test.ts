import { join } from 'node:path';
import type { Group } from '../../lib/data/index.js';
import type { RewardBatch, RewardFunc } from '../../lib/rewards/index.js';
import { type GRPOConfigInput, GRPOTrainer, readMetrics } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel, weights } from './tiny-model.js';

const folder = temporaryFolder();

/** Completions of these samples are rewarded by their index, those of others alike. */
const useful = new Set(['s1', 's4', 's6', 's10']);
const byIndex = ({ samples: asked }: RewardBatch) => asked.map(({ id }, i) => (useful.has(id) ? i % 4 : 1));

function trainer(config: GRPOConfigInput, rewardFuncs: RewardFunc[] = [byIndex], seed = 1) {
  const model = tinyModel(seed);
  const grpo = new GRPOTrainer({
    model,
    rewardFuncs,
    trainDataset: samples,
    config: {
      outputDir: null,
      learningRate: 1e-2,
      numGenerations: 4,
      perDeviceTrainBatchSize: 16,
      maxCompletionLength: 4,
      loggingSteps: 1,
      ...config,
    },
  });
  return { model, grpo };
}

/** The samples of every call of a reward, one list a call. */
function recorded(reward: RewardFunc): { calls: string[][]; reward: RewardFunc } {
  const calls: string[][] = [];
  return {
    calls,
    reward: Object.assign(
      (batch: RewardBatch) => {
        calls.push(batch.samples.filter((_, i) => i % 4 === 0).map(({ id }) => id));
        return reward(batch);
      },
      { reward: 'recorded' },
    ),
  };
}

test('groups of equal rewards are refused, and as many further prompts are taken, up to three times', async () => {
  const outputDir = join(folder.path, 'refill');
  const { calls, reward } = recorded(byIndex);
  const { grpo } = trainer({ outputDir, admit: 'nonConstant', maxSteps: 6, lrSchedulerType: 'constant' }, [
    reward,
  ]);
  const { state } = await grpo.train();
  const lines = readMetrics(join(outputDir, 'metrics.jsonl'));
  for (const line of lines) {
    let wanted = 4;
    const step: string[] = [];
    for (let round = 0; round < 4 && wanted > 0; round++) {
      const drawn = calls.shift() as string[];
      expect(drawn).toHaveLength(wanted);
      wanted -= drawn.filter((id) => useful.has(id)).length;
      step.push(...drawn);
    }
    expect(line['admit/fraction']).toBe((4 - wanted) / step.length);
  }
  expect(calls).toHaveLength(0);
  // 16 prompts at most in a step: more than 4 a step, and refused ones count as seen.
  expect(state.epoch).toBeGreaterThan(2);
  expect(lines.at(-1)?.epoch).toBe(state.epoch);
});

test('where every group is refused, the weights stay and the training goes on', async () => {
  const { calls, reward } = recorded(() => Array(16).fill(1));
  const { model, grpo } = trainer({ admit: 'nonConstant', maxSteps: 2 }, [
    (batch) => (reward(batch) as number[]).slice(0, batch.completions.length),
  ]);
  const before = weights(model);
  const { state } = await grpo.train();
  expect(state.step).toBe(2);
  expect(calls).toHaveLength(8);
  expect(weights(model)).toEqual(before);
});

test('maxRefillRounds 0 trains on what is left', async () => {
  const { calls, reward } = recorded(byIndex);
  await trainer({ admit: 'nonConstant', maxRefillRounds: 0, maxSteps: 3 }, [reward]).grpo.train();
  expect(calls.map((call) => call.length)).toEqual([4, 4, 4]);
});

test('a rule that admits all changes nothing', async () => {
  const [all, every] = [trainer({ maxSteps: 3 }), trainer({ maxSteps: 3, admit: () => true })];
  await all.grpo.train();
  await every.grpo.train();
  expect(weights(every.model)).toEqual(weights(all.model));
});

test('a function decides by sample, completions and weighted rewards', async () => {
  const seen: [string, number, readonly number[]][] = [];
  const admit = ({ sample, completions, rewards }: Group) => {
    seen.push([sample.id, completions.length, rewards]);
    return false;
  };
  const one: RewardFunc = ({ completions }) => completions.map((_, i) => i % 4);
  await trainer({ admit, maxRefillRounds: 0, maxSteps: 1, rewardWeights: [2, 10] }, [one, one]).grpo.train();
  expect(seen.map(([id]) => id)).toEqual([...new Set(seen.map(([id]) => id))]);
  for (const [, length, rewards] of seen) {
    expect(length).toBe(4);
    expect(rewards).toEqual([0, 12, 24, 36]);
  }
  expect(seen).toHaveLength(4);
});

test('bounds look at the mean of the reward named answer', async () => {
  const answer: RewardFunc = ({ samples: asked }) =>
    asked.map(({ id }, i) => (useful.has(id) ? Number(i % 4 === 0) : 0));
  const other: RewardFunc = ({ completions }) => completions.map(() => 7);
  const { calls, reward } = recorded(other);
  const { grpo } = trainer({ admit: { min: 0.25, max: 0.25 }, maxRefillRounds: 1, maxSteps: 1 }, [
    reward,
    answer,
  ]);
  await grpo.train();
  expect(calls[1]).toHaveLength(calls[0].filter((id) => !useful.has(id)).length);
  expect(() => trainer({ admit: { min: 0, max: 1 } }, [other])).toThrow(
    /^admit: \{ min, max \} bounds the mean of a reward named 'answer', rewardFuncs has other/,
  );
});

test('a resumed training takes the prompts that it would have taken', async () => {
  const config: GRPOConfigInput = {
    admit: 'nonConstant',
    lrSchedulerType: 'constant',
    saveSteps: 2,
    maxSteps: 5,
  };
  const whole = trainer(config);
  await whole.grpo.train();
  const outputDir = join(folder.path, 'resumed');
  await trainer({ ...config, outputDir, maxSteps: 2 }).grpo.train();
  const resumed = trainer({ ...config, outputDir }, [byIndex], 99);
  const { state } = await resumed.grpo.train({ resumeFrom: join(outputDir, 'checkpoint-2') });
  expect(weights(resumed.model)).toEqual(weights(whole.model));
  expect(state.epoch).toBeGreaterThan(1.7);
});

test.each([['nonconstant'], [{ min: 0.9, max: 0.1 }], [{ min: 0.1 }], [3]])('%j is no rule', (admit) => {
  expect(() => trainer({ admit: admit as never })).toThrow(
    "admit: expected 'all', 'nonConstant', { min, max } with min <= max, or a function",
  );
});

test('a reward of weight 0 admits no group and moves nothing, under either way to join rewards', async () => {
  const constant = () => Array(16).fill(1);
  for (const scaleRewards of ['group', 'normalizeThenSum'] as const) {
    const { model, grpo } = trainer(
      { scaleRewards, rewardWeights: [1, 0], admit: 'nonConstant', maxSteps: 1, maxRefillRounds: 1 },
      [constant, ({ completions }) => completions.map((_, i) => i)],
    );
    const before = weights(model);
    await grpo.train();
    expect(weights(model)).toEqual(before);
  }
});
