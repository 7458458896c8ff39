// Answers during a GRPO training are scripted here: which of them are right is known for every sample and view.

import type { Prompt } from '../../lib/batch/index.js';
import type { Sample, View } from '../../lib/data/index.js';
import type { RewardFunc } from '../../lib/rewards/index.js';
import { type GRPOConfigInput, GRPOTrainer, type TrainableModel } from '../../lib/train/index.js';
import { samples, tinyModel } from './tiny-model.js';

/** Of four sampled answers, how many are right; the greedy one is right where more than one is. */
const right: Partial<Record<View, Record<string, number>>> = {
  av: { e0: 4, e1: 2, e2: 1, e3: 0, text: 4 },
  v: { e0: 2, e1: 0, e2: 1, e3: 0, text: 4 },
  none: { e0: 0, e1: 0, e2: 0, e3: 0, text: 4 },
};
const held: Sample[] = ['e0', 'e1', 'e2', 'e3'].map((id) => ({
  id,
  video: `${id}.mp4`,
  question: 'a',
  answer: 'b',
}));

function scripted() {
  const model = tinyModel();
  const viewOf = new WeakMap<Prompt, View>();
  const asked: { view: View; id: string; temperature: number; count: number }[] = [];
  const trainable: TrainableModel = {
    ...model,
    async prepare(given, options) {
      const prompts = await model.prepare(given, options);
      const inViews = options.views.map((view) => {
        const own = (prompts[view] ?? []).map((prompt) => ({ ...prompt }));
        for (const prompt of own) viewOf.set(prompt, view);
        return [view, own];
      });
      return Object.fromEntries(inViews);
    },
    async samplePrompts(prompts, params, options) {
      if (/^s\d/.test(prompts[0].id)) return model.samplePrompts(prompts, params, options);
      return prompts.map((prompt) => {
        const view = viewOf.get(prompt) as View;
        const { temperature, numGenerations: count } = params;
        asked.push({ view, id: prompt.id, temperature, count });
        const c = right[view]?.[prompt.id] ?? 0;
        const isRight = (i: number) => (temperature === 0 ? c > 1 : i < c);
        return Array.from({ length: count }, (_, i) => ({
          text: `<answer>${isRight(i) ? 'B' : 'wrong'}</answer>`,
          ids: [2, 1],
          logprobs: [-1, -1],
          finishReason: 'stop' as const,
        }));
      });
    },
  };
  return { trainable, asked };
}

async function evaluate(
  config: GRPOConfigInput,
  evalDataset: Sample[] = held,
  reward: RewardFunc = ({ completions }) => completions.map((_, i) => i % 4),
) {
  const { trainable, asked } = scripted();
  const { state } = await new GRPOTrainer({
    model: trainable,
    rewardFuncs: [reward],
    trainDataset: samples,
    evalDataset,
    config: {
      outputDir: null,
      numGenerations: 2,
      perDeviceTrainBatchSize: 4,
      maxCompletionLength: 2,
      maxSteps: 1,
      evalSteps: 1,
      numGenerationsEval: 4,
      ...config,
    },
  }).train();
  return { metrics: state.evaluations[0].metrics, asked };
}

test('greedy accuracy, mean@k and pass@k are those of the answers, in each view', async () => {
  const { metrics, asked } = await evaluate({ evalViews: ['av', 'v', 'none'] });
  const close = (value: number) => expect.closeTo(value, 12);
  expect(metrics).toMatchObject({
    eval_accuracy: 2 / 4,
    'eval_mean@4': close((4 + 2 + 1 + 0) / 16),
    // 1 - C(4 - c, 2) / C(4, 2) for 4, 2, 1 and 0 right ones.
    'eval_pass@2': close((1 + 5 / 6 + 3 / 6 + 0) / 4),
    'eval_pass@4': 3 / 4,
    'eval_accuracy/v': 1 / 4,
    'eval_mean@4/v': close(3 / 16),
    'eval_pass@2/v': close((5 / 6 + 3 / 6) / 4),
    'eval_pass@4/v': 2 / 4,
    'eval_accuracy/none': 0,
    'eval_pass@4/none': 0,
    eval_reward: 1.5,
    'eval_completions/mean_length': 2,
  });
  expect(metrics).not.toHaveProperty(['eval_accuracy/a']);
  // Each sample once in each view, greedy and sampled.
  const calls = asked.map(({ view, id, temperature, count }) => [view, id, temperature, count].join());
  expect(new Set(calls).size).toBe(calls.length);
  expect(calls).toHaveLength(4 * 3 * 2);
  expect(calls).toContain('v,e1,0,1');
  expect(calls).toContain('v,e1,1,4');
});

test('a sample without a clip is asked in the first view alone; one without an answer has its rewards alone', async () => {
  const text = { id: 'text', question: 'a', answer: 'b' };
  const open = { id: 'open', video: 'o.mp4', question: 'a' };
  const { metrics } = await evaluate({ evalViews: ['av', 'v'] }, [held[3], text, open]);
  expect(metrics).toMatchObject({ eval_accuracy: 1 / 2, 'eval_accuracy/v': 0, eval_reward: 1.5 });
  const alone = await evaluate({}, [open]);
  expect(Object.keys(alone.metrics).filter((name) => /accuracy|@/.test(name))).toEqual([]);
  expect(alone.metrics).toMatchObject({ eval_reward: 1.5 });
});

test('samples of several kinds have an accuracy of each kind, in each view', async () => {
  const kinds = ['sight', 'sight', 'sound', undefined];
  const of = (kindOf: (i: number) => string | undefined, views: View[] = ['av', 'v']) =>
    evaluate(
      { evalViews: views as never, numGenerationsEval: 0 },
      held.map((sample, i) => ({ ...sample, kind: kindOf(i) })),
    );
  const { metrics } = await of((i) => kinds[i]);
  expect(metrics).toEqual({
    eval_accuracy: 2 / 4,
    'eval_accuracy/v': 1 / 4,
    'eval_accuracy/av/sight': 2 / 2,
    'eval_accuracy/av/sound': 0,
    'eval_accuracy/v/sight': 1 / 2,
    'eval_accuracy/v/sound': 0,
  });
  // One kind is all samples.
  expect((await of(() => 'sight')).metrics).toEqual({ eval_accuracy: 2 / 4, 'eval_accuracy/v': 1 / 4 });
});

test('kinds that are too many to be read are left out', async () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ ...held[0], id: `e${i}`, kind: `k${i}` }));
  const named = async (count: number) => {
    const { metrics } = await evaluate({ numGenerationsEval: 0 }, many(count));
    return Object.keys(metrics).filter((name) => name.includes('/'));
  };
  expect(await named(16)).toHaveLength(16);
  expect(await named(17)).toEqual([]);
});

test('with numGenerationsEval 0 there are greedy answers alone, and no reward is asked', async () => {
  let calls = 0;
  const reward: RewardFunc = ({ samples: asked }) => {
    if (asked[0].id.startsWith('e')) calls++;
    return asked.map((_, i) => i);
  };
  const { metrics, asked } = await evaluate({ numGenerationsEval: 0 }, held, reward);
  expect(metrics).toEqual({ eval_accuracy: 0.5 });
  expect(asked.map(({ temperature }) => temperature)).toEqual([0, 0, 0, 0]);
  expect(calls).toBe(0);
});

test('numGenerations is sampled where nothing else is said; one sampled answer has no pass@k', async () => {
  const two = await evaluate({ numGenerationsEval: null });
  expect(Object.keys(two.metrics).filter((name) => name.includes('@'))).toEqual([
    'eval_mean@2',
    'eval_pass@2',
  ]);
  const one = await evaluate({ numGenerationsEval: 1 });
  expect(Object.keys(one.metrics).filter((name) => name.includes('@'))).toEqual(['eval_mean@1']);
  const six = await evaluate({ numGenerationsEval: 6 });
  expect(Object.keys(six.metrics).filter((name) => name.includes('pass'))).toEqual([
    'eval_pass@2',
    'eval_pass@4',
    'eval_pass@6',
  ]);
});

test('views that a reward compares are sampled for it, and have metrics only where they are asked for', async () => {
  const seen: string[][] = [];
  const reward: RewardFunc = Object.assign(
    ({ rollouts, samples: asked }: Parameters<RewardFunc>[0]) => {
      if (asked[0].id.startsWith('e')) seen.push(Object.keys(rollouts));
      return asked.map(() => 1);
    },
    { views: ['a'] as const },
  );
  const { metrics } = await evaluate({ evalViews: ['av', 'v'] }, held, reward);
  expect(new Set(seen.flat())).toEqual(new Set(['av', 'a']));
  expect(Object.keys(metrics).filter((name) => name.startsWith('eval_accuracy'))).toEqual([
    'eval_accuracy',
    'eval_accuracy/v',
  ]);
});

test.each<[GRPOConfigInput, string]>([
  [{ evalViews: [] }, 'evalViews: '],
  [{ evalViews: ['v', 'v'] }, 'evalViews: names a view twice'],
  [{ evalViews: ['shuffled' as never] }, 'evalViews.0: '],
  [{ numGenerationsEval: -1 }, 'numGenerationsEval: '],
])('%j is refused', async (config, message) => {
  await expect(evaluate(config)).rejects.toThrow(`GRPOConfig: ${message}`);
});

test.each<[GRPOConfigInput, boolean]>([
  [{ evalViews: ['av', 'v'] }, true],
  [{ evalViews: ['v'], evalSteps: 1 }, false],
  [{ numGenerationsEval: 4 }, true],
  [{ numGenerationsEval: 0, evalSteps: 1 }, false],
])('%j says how to evaluate, and is refused where no samples are (evalDataset: %s)', (config, hasSamples) => {
  const make = (evalDataset?: Sample[], more: GRPOConfigInput = {}) =>
    new GRPOTrainer({
      ...{ model: scripted().trainable, rewardFuncs: [() => []], trainDataset: samples, evalDataset },
      evaluate: async () => ({}),
      config: { outputDir: null, ...config, ...more },
    });
  const [field] = Object.keys(config);
  expect(() => make(hasSamples ? held : undefined)).toThrow(
    new RegExp(`^${field}: no samples are evaluated during training; give evalSteps.*, or leave it out$`),
  );
  expect(() => make(held, { evalSteps: 1 })).not.toThrow();
});

test('a model without media is not asked in other views', () => {
  const model = { ...tinyModel(), views: ['av'] as const };
  const make = (evalViews: GRPOConfigInput['evalViews']) =>
    new GRPOTrainer({
      ...{ model, rewardFuncs: [() => []], trainDataset: samples, evalDataset: held },
      config: { outputDir: null, evalSteps: 1, evalViews },
    });
  expect(() => make(['av', 'v'])).toThrow(/^evalViews: the evaluation compares completions in the views v/);
  expect(() => make(['av'])).not.toThrow();
});
