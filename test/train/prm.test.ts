// Reward models of steps and of completions on a tiny model whose tokens are letters.

import type { PathRecord, StepRecord } from '../../lib/data/index.js';
import type { OmniGraph } from '../../lib/models/index.js';
import { scope, type Tensor, torch } from '../../lib/tensor/index.js';
import {
  type PRMConfigInput,
  PRMTrainer,
  type PRMTrainerOptions,
  parsePRMConfig,
  RewardModel,
} from '../../lib/train/index.js';
import { rewardExamples, rewardRows } from '../../lib/train/prm/examples.js';
import { samples, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(120_000);

function rewardModel(seed = 1): RewardModel {
  const model = tinyModel(seed);
  torch.manualSeed(seed);
  return new RewardModel(model);
}

const outcomes = (right: number, of: number): boolean[] => Array.from({ length: of }, (_, i) => i < right);

const step = (fields: Partial<StepRecord> = {}): StepRecord => ({
  ...{ sampleId: 's0', prefix: ['ab', 'c'], stepIndex: 2, step: 'de', alternative: 'fgh' },
  ...{ correct: outcomes(3, 4), alternativeCorrect: outcomes(1, 4), ...fields },
});

const path = (fields: Partial<PathRecord> = {}): PathRecord => ({
  ...{ sampleId: 's0', seed: 0, path: ['ab', 'c', 'de'], answer: 'a', correct: true, tokens: 5, ...fields },
});

/** Steps that write 'g' are mostly right, others mostly wrong. */
const records = samples.map(({ id: sampleId }, i) =>
  step({ sampleId, prefix: ['m'].slice(i % 2), step: `${'abc'[i % 3]}g`, alternative: `${'abc'[i % 3]}w` }),
);

async function train(config: PRMConfigInput, options: Partial<PRMTrainerOptions> = {}) {
  const { model = rewardModel(), ...more } = options;
  const lines: Record<string, number>[] = [];
  const trainer = new PRMTrainer({
    model,
    samples,
    trainDataset: records,
    config: { learningRate: 1e-2, loggingSteps: 1, lrSchedulerType: 'constant', outputDir: null, ...config },
    callbacks: [{ onLog: (_, __, metrics) => void lines.push(metrics) }],
    ...more,
  });
  const result = await trainer.train();
  return { lines, result, model };
}

const encode = (text: string) => [...text].map((letter) => letter.charCodeAt(0) - 95);

/** The probability at the last token of a text, from a pass over it alone and the two rows, by hand. */
function probability({ graph, head }: RewardModel, text: string): number {
  return scope(() => {
    let hidden: number[] = [];
    const inner = graph.forward.bind(graph);
    (graph as OmniGraph).forward = (packed) => {
      const states = inner(packed);
      hidden = (states.detach().to('float64').toArray() as number[][]).at(-1) as number[];
      return states;
    };
    (graph as OmniGraph).logits({ inputIds: [0, ...encode(text)] });
    delete (graph as { forward?: unknown }).forward;
    const rows = head.score.weight.toArray() as number[][];
    const bias = head.score.bias!.toArray() as number[];
    const [wrong, right] = rows.map((row, i) => bias[i] + row.reduce((sum, w, k) => sum + w * hidden[k], 0));
    return 1 / (1 + Math.exp(wrong - right));
  });
}

describe('scores', () => {
  test('are those at the last token of each step, each after the steps before it', async () => {
    const model = rewardModel();
    const paths = [['ab', 'c', 'de'], ['c'], [], ['ab', 'xyz']];
    const scores = await model.scorer({ samples: [samples[0], samples[4], samples[0], samples[0]], paths });
    expect(scores.map(({ length }) => length)).toEqual([3, 1, 0, 2]);
    // Sample 0 asks 'a', sample 4 'ee'.
    const expected = [['aab', 'aabc', 'aabcde'], ['eec'], [], ['aab', 'aabxyz']];
    for (const [i, texts] of expected.entries())
      for (const [k, text] of texts.entries()) expect(scores[i][k]).toBeCloseTo(probability(model, text), 5);
    expect(Math.abs(scores[0][0] - scores[0][2])).toBeGreaterThan(1e-4);
  });

  test('are of prompts as the protocol writes them', async () => {
    const asked: (string | undefined)[] = [];
    const model = tinyModel();
    const prepare: typeof model.prepare = (some, options) => {
      asked.push(...some.map(({ instruction }) => instruction));
      return model.prepare(some, options);
    };
    const reward = new RewardModel(
      { ...model, prepare },
      { protocol: { name: 'steps', instruction: 'think' } },
    );
    await reward.scorer({ samples: [samples[0]], paths: [['a']] });
    await train({ maxSteps: 1, perDeviceTrainBatchSize: 2 }, { model: reward });
    expect(asked).toEqual(['think', 'think', 'think']);
  });

  test('are asked for as many samples as paths', async () => {
    await expect(rewardModel().scorer({ samples: [], paths: [['a']] })).rejects.toThrow(
      /samples: expected 1, one for each of the paths, got 0/,
    );
  });
});

test('a step record labels both continuations with their fraction of right rollouts, a path record its end', async () => {
  const rows = rewardRows(
    'trainDataset',
    [step(), step({ alternativeCorrect: [] }), path(), path({ correct: false })],
    samples,
  );
  const examples = await rewardExamples(tinyModel(), rows, null);
  expect(examples.map(({ labels }) => labels)).toEqual([[0.75, 0.25], [0.75], [1], [0]]);
  const [shared] = examples[0].tree.children[0].children!;
  expect(shared.ids).toEqual(encode('abc'));
  expect(shared.children!.map(({ ids, lossMask }) => [ids.slice(0, -1), lossMask])).toEqual([
    [encode('de'), [0, 0, 1]],
    [encode('fgh'), [0, 0, 0, 1]],
  ]);
  const [whole] = examples[2].tree.children[0].children!;
  expect(whole.ids.slice(0, -1)).toEqual(encode('abcde'));
});

test('the last layer computes the ends that are looked at, and what stands behind the first of a node', async () => {
  const model = rewardModel();
  const counts: number[] = [];
  const graph = model.graph as unknown as {
    model: { layers: Iterable<{ mlp: { forward(rows: Tensor): Tensor } }> };
  };
  for (const { mlp } of graph.model.layers) {
    const forward = mlp.forward.bind(mlp);
    mlp.forward = (rows) => {
      counts.push(rows.shape[0]);
      return forward(rows);
    };
  }
  // Of the root, 'a', 'abc', 'de' and 'fgh' the last rows of both continuations.
  await train({ maxSteps: 1, perDeviceTrainBatchSize: 1 }, { model, trainDataset: [step()] });
  // Of 'abcde' all from the end of 'ab' on.
  await model.scorer({ samples: [samples[0]], paths: [['ab', 'c', 'de']] });
  expect(counts).toEqual([2, 4]);
});

test('maxLength leaves out what ends beyond it', async () => {
  const rows = rewardRows('trainDataset', [step()], samples);
  // One root token, one letter of the question, three of the prefix; the steps have two and three.
  const labels = async (maxLength: number) =>
    (await rewardExamples(tinyModel(), rows, maxLength)).map((example) => example.labels);
  expect(await labels(8)).toEqual([[0.75, 0.25]]);
  expect(await labels(7)).toEqual([[0.75]]);
  expect(await labels(6)).toEqual([]);
});

test('the loss is the cross-entropy with the fractions, the mean over all ends', async () => {
  const start = rewardModel();
  const trainDataset = [step(), step({ sampleId: 's4', alternativeCorrect: [] })];
  const { lines } = await train({ maxSteps: 1, perDeviceTrainBatchSize: 2 }, { trainDataset });
  const term = (text: string, p: number) => {
    const q = probability(start, text);
    return -p * Math.log(q) - (1 - p) * Math.log(1 - q);
  };
  const expected = (term('aabcde', 0.75) + term('aabcfgh', 0.25) + term('eeabcde', 0.75)) / 3;
  expect(lines[0].loss).toBeCloseTo(expected, 5);
});

test('learns the probabilities of steps', async () => {
  const { model, lines } = await train(
    { maxSteps: 40, perDeviceTrainBatchSize: 12, evalSteps: 40 },
    { evalDataset: records },
  );
  const entropy = -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25);
  const logged = lines.filter(({ loss }) => loss !== undefined);
  expect(logged[0].loss).toBeCloseTo(Math.LN2, 1);
  // No lower than the entropy of the labels.
  expect(logged.at(-1)!.loss).toBeGreaterThan(entropy - 1e-6);
  expect(logged.at(-1)!.loss).toBeLessThan(entropy + 0.02);
  expect(logged.at(-1)!.accuracy).toBe(1);
  const [good, bad] = await model.scorer({
    samples: [samples[1], samples[1]],
    paths: [
      ['m', 'ag'],
      ['m', 'aw'],
    ],
  });
  expect(good[1]).toBeCloseTo(0.75, 1);
  expect(bad[1]).toBeCloseTo(0.25, 1);
});

test('learns outcomes of whole paths', async () => {
  const trainDataset = samples.flatMap(({ id: sampleId }, i) => [
    path({ sampleId, path: ['abc'[i % 3], 'g'] }),
    path({ sampleId, path: ['abc'[i % 3], 'w'], correct: false, seed: 1 }),
  ]);
  const { lines, result } = await train(
    { maxSteps: 30, perDeviceTrainBatchSize: 12, evalSteps: 30 },
    { trainDataset, evalDataset: trainDataset },
  );
  expect(lines.at(-1)!.loss).toBeLessThan(0.1);
  expect(result.state.evaluations[0].metrics.eval_accuracy).toBe(1);
  expect(result.state.evaluations[0].metrics.eval_loss).toBeCloseTo(lines.at(-1)!.loss, 1);
});

test('the gradient of one batch is that of its micro-batches, whose records have different numbers of ends', async () => {
  const trainDataset = records
    .slice(0, 8)
    .map((record, i) => (i % 3 === 0 ? { ...record, alternativeCorrect: [] } : record));
  const run = async (config: PRMConfigInput) => {
    const { model } = await train({ maxSteps: 1, adamEpsilon: 1, ...config }, { trainDataset });
    return [...Object.values(weights(model)), model.head.score.weight.toArray()].flat(9) as number[];
  };
  const whole = await run({ perDeviceTrainBatchSize: 8 });
  const parts = await run({ perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 8 });
  const fresh = rewardModel();
  const start = [...Object.values(weights(fresh)), fresh.head.score.weight.toArray()].flat(9) as number[];
  expect(Math.max(...whole.map((weight, i) => Math.abs(weight - start[i])))).toBeGreaterThan(1e-4);
  expect(Math.max(...whole.map((weight, i) => Math.abs(weight - parts[i])))).toBeLessThan(1e-7);
});

test('the rows are decayed, their bias is not', async () => {
  const after = async (weightDecay: number) => (await train({ maxSteps: 1, weightDecay })).model.head.score;
  const [plain, decayed] = [await after(0), await after(5)];
  expect(decayed.bias!.toArray()).toEqual(plain.bias!.toArray());
  const [before] = plain.weight.toArray() as number[][];
  const [pulled] = decayed.weight.toArray() as number[][];
  for (const [i, weight] of before.entries()) expect(pulled[i]).not.toBe(weight);
});

test('the rows are trained where the model is frozen', async () => {
  const model = rewardModel();
  model.graph.requiresGrad_(false);
  const before = weights(model);
  const { lines } = await train({ maxSteps: 20, perDeviceTrainBatchSize: 12 }, { model });
  expect(lines.at(-1)!.loss).toBeLessThan(lines[0].loss);
  expect(weights(model)).toEqual(before);
});

test('records without rollouts are left out by name; one without its sample is refused by its place', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const empty = step({ sampleId: 's3', correct: [], alternativeCorrect: [] });
  await train({ maxSteps: 1 }, { trainDataset: [...records, empty] });
  expect(warned.mock.calls.flat().join()).toMatch(
    /1 of 13 rows have nothing to learn and are left out: 's3'/,
  );
  warned.mockRestore();
  await expect(train({ maxSteps: 1 }, { trainDataset: [step({ sampleId: 'gone' })] })).rejects.toThrow(
    /trainDataset\[0\]\.sampleId: got 'gone'/,
  );
});

test('records that end beyond maxLength are named, and a first step without any ends the training', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  // Sample 0 has one letter, sample 9 has more; prompts are these and the root.
  const long = step({ sampleId: 's1', step: 'abcdefgh', alternativeCorrect: [] });
  await train({ maxSteps: 1, perDeviceTrainBatchSize: 2, maxLength: 9 }, { trainDataset: [step(), long] });
  expect(warned.mock.calls.flat().join()).toMatch(
    /maxLength: steps end beyond it in 's1', which are left out; raise maxLength, or set it to null/,
  );
  warned.mockRestore();
  await expect(train({ maxSteps: 1, maxLength: 3 }, { trainDataset: [step(), long] })).rejects.toThrow(
    /maxLength: steps end beyond it in all rows of the first step \('s\d+'.*; raise maxLength/,
  );
});

test('without a labelled record there is nothing to evaluate by', async () => {
  const empty = step({ correct: [], alternativeCorrect: [] });
  const { result } = await train({ maxSteps: 1, evalSteps: 1 }, { evalDataset: [empty] });
  expect(Object.values(result.state.evaluations[0]?.metrics ?? {})).not.toContain(Number.NaN);
  const { result: half } = await train(
    { maxSteps: 1, evalSteps: 1 },
    { evalDataset: [step({ alternativeCorrect: [] }), empty] },
  );
  expect(half.state.evaluations[0].metrics.eval_loss).toBeGreaterThan(0);
});

test('it samples nothing', () => {
  expect(() => rewardModel().samplePrompts()).toThrow(/it scores completions and samples none/);
});

test('defaults are those of TRL; settings that it has not are refused', () => {
  expect(parsePRMConfig({})).toMatchObject({ learningRate: 1e-5, disableDropout: true, maxLength: null });
  expect(() => parsePRMConfig({ stepSeparator: '\n' })).toThrow(/PRMConfig: stepSeparator: no such setting/);
});
