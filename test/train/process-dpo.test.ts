// Process DPO on a tiny model whose tokens are letters: pairs share a prefix of steps, and the margin is that of the
// compared steps alone.

import { endOfStep, type PairRecord, type Sample } from '../../lib/data/index.js';
import type { OmniGraph } from '../../lib/models/index.js';
import { scope } from '../../lib/tensor/index.js';
import {
  type ProcessDPOConfigInput,
  ProcessDPOTrainer,
  type ProcessDPOTrainerOptions,
  parseProcessDPOConfig,
  type TrainableModel,
} from '../../lib/train/index.js';
import { processPairs, processRows } from '../../lib/train/preference/process-pairs.js';
import { encode, samples, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(120_000);

const step = (text: string) => text + endOfStep;

const pair = (fields: Partial<PairRecord> = {}): PairRecord => ({
  ...{ sampleId: 's0', prefix: ['ab', 'c'], chosen: step('de'), rejected: step('fgh') },
  ...{ pChosen: 1, pRejected: 0, alpha: 1, kind: 'step', ...fields },
});

/** Every other pair is of steps. */
const closed = (i: number, text: string) => (i % 2 === 0 ? step(text) : text);
const pairs: PairRecord[] = samples.map(({ id }, i) =>
  pair({
    sampleId: id,
    prefix: i % 3 === 0 ? [] : ['mn', 'op'].slice(0, i % 3),
    chosen: closed(i, 'abcdefghijkl'[i].repeat(2)),
    rejected: closed(i, 'nopqrstuvwxy'[i].repeat(1 + (i % 3))),
    alpha: [1, 0.8, 0.6][i % 3],
    kind: i % 2 === 0 ? 'step' : 'path',
  }),
);

const common: ProcessDPOConfigInput = {
  learningRate: 1e-2,
  loggingSteps: 1,
  lrSchedulerType: 'constant',
  outputDir: null,
};

/** Trains, and gives the logged lines. */
async function train(config: ProcessDPOConfigInput, options: Partial<ProcessDPOTrainerOptions> = {}) {
  const { model = tinyModel(), ...more } = options;
  const lines: Record<string, number>[] = [];
  const trainer = new ProcessDPOTrainer({
    model,
    samples,
    trainDataset: pairs,
    config: { ...common, ...config },
    callbacks: [{ onLog: (_, __, metrics) => void lines.push(metrics) }],
    ...more,
  });
  const result = await trainer.train();
  return { lines, result, model };
}

describe('the tokens of a pair', () => {
  const treeOf = async (fields: Partial<PairRecord>, targetOf?: (sample: Sample) => string) => {
    const rows = processRows('trainDataset', [pair(fields)], samples);
    const [made] = await processPairs(tinyModel(), rows, { maxLength: null, targetOf });
    return { ...made, question: made.tree.children[0] };
  };

  test('a step that its mark closes is not the end of a completion, a path is', async () => {
    const [shared] = (await treeOf({})).question.children!;
    expect(shared.lossMask).toBeUndefined();
    expect(shared.ids).toEqual(encode('abc'));
    expect(shared.children!.map(({ ids }) => ids)).toEqual([encode('dez'), encode('fghz')]);
    const paths = (await treeOf({ kind: 'path', prefix: [], chosen: 'de', rejected: step('fgh') })).question;
    expect(paths.children!.map(({ ids }) => ids)).toEqual([
      [...encode('de'), 1],
      [...encode('fghz'), 1],
    ]);
  });

  test('a step without its mark is the last piece of a completion, which the end token ends', async () => {
    const idsOf = async (fields: Partial<PairRecord>) =>
      (await treeOf(fields)).question.children![0].children!.map(({ ids }) => ids);
    // What was sampled in the place of a step: the answer, and nothing behind it.
    expect(await idsOf({ rejected: 'fgh' })).toEqual([encode('dez'), [...encode('fgh'), 1]]);
    expect(await idsOf({ chosen: 'de' })).toEqual([[...encode('de'), 1], encode('fghz')]);
  });

  test('every step is tokenised apart: tokens that join letters never join two steps', async () => {
    const joined = (text: string) =>
      [...text.replaceAll(endOfStep, 'z').matchAll(/ab|./g)].map(([part]) =>
        part === 'ab' ? 28 : encode(part)[0],
      );
    const model = { ...tinyModel(), encodePart: joined };
    const rows = processRows(
      'trainDataset',
      [pair({ prefix: ['ab', 'ca', 'bda'], chosen: step('b'), rejected: step('ab') })],
      samples,
    );
    const [{ tree }] = await processPairs(model, rows, { maxLength: null });
    const [shared] = tree.children[0].children!;
    expect(shared.ids).toEqual([28, ...encode('cabda')]);
    expect(shared.children!.map(({ ids }) => ids)).toEqual([encode('bz'), [28, ...encode('z')]]);
    expect(joined('abcabdab')).toEqual([28, ...encode('c'), 28, ...encode('d'), 28]);
  });

  test('maxLength counts the prompt and the prefix, cuts both sides, and leaves out what they fill', async () => {
    const rows = processRows('trainDataset', [pair({ chosen: step('dexx') })], samples);
    const made = async (maxLength: number) => {
      const [one] = await processPairs(tinyModel(), rows, { maxLength });
      return one === undefined
        ? null
        : one.tree.children[0].children![0].children!.map(({ ids }) => ids.length);
    };
    // One root token, one letter of the question, three of the prefix.
    expect(await made(10)).toEqual([5, 4]);
    expect(await made(7)).toEqual([2, 2]);
    expect(await made(5)).toBeNull();
  });

  test('pairs of one sample have one prompt, which is prepared once', async () => {
    const model = tinyModel();
    let prepared = 0;
    const counting: TrainableModel = {
      ...model,
      prepare: (asked, options) => {
        prepared += asked.length;
        return model.prepare(asked, options);
      },
    };
    const rows = processRows(
      'trainDataset',
      [pair(), pair({ prefix: [] }), pair({ chosen: step('x') })],
      samples,
    );
    const made = await processPairs(counting, rows, { maxLength: null });
    expect(prepared).toBe(1);
    expect(new Set(made.map(({ tree }) => tree.root)).size).toBe(1);
  });
});

/** log-probability of the last `count` ids, from the logits of the whole sequence in float64. */
function logprob(model: TrainableModel, ids: readonly number[], count: number): number {
  return scope(() => {
    const logits = (model.graph as OmniGraph).logits({ inputIds: [...ids] }).detach();
    const table = logits.to('float64').logSoftmax(-1).toArray() as number[][];
    const last = ids.slice(-count);
    return last.reduce((sum, id, i) => sum + table[ids.length - count + i - 1][id], 0);
  });
}

test('the loss is that of sums of log-probabilities whose prefix counts on both sides', async () => {
  const one = pair({ alpha: 0.7 });
  const [start, trained] = [tinyModel(), tinyModel()];
  const config = { perDeviceTrainBatchSize: 1, beta: 0.5 };
  await train({ ...config, maxSteps: 2 }, { model: trained, trainDataset: [one] });
  const { lines } = await train({ ...config, maxSteps: 3 }, { trainDataset: [one] });
  const prompt = [0, ...encode('a')];
  const side = (text: string) => {
    const ids = [...prompt, ...encode(`abc${text}`)];
    const count = ids.length - prompt.length;
    return logprob(trained, ids, count) - logprob(start, ids, count);
  };
  const z = 0.5 * (side('dez') - side('fghz'));
  expect(z).toBeGreaterThan(0.05);
  expect(lines[2]['rewards/margins']).toBeCloseTo(z, 5);
  const s = (x: number) => 1 / (1 + Math.exp(-x));
  expect(lines[2].loss).toBeCloseTo(-0.7 * Math.log(s(z)) - 0.3 * Math.log(s(-z)), 5);
});

test('the prefix cancels in the margin, bit for bit: it is as if it stood in the prompt', async () => {
  const asPrompt = tinyModel();
  const inPrompt: TrainableModel = {
    ...asPrompt,
    async prepare(asked, options) {
      const prompts = await asPrompt.prepare(asked, options);
      const extended = prompts.av!.map((prompt) => ({
        ...prompt,
        question: [...prompt.question, ...encode('abc')],
      }));
      return { av: extended };
    },
  };
  const config = { maxSteps: 4, perDeviceTrainBatchSize: 1 };
  const shared = await train(config, { trainDataset: [pair()] });
  const prompted = await train(config, { trainDataset: [pair({ prefix: [] })], model: inPrompt });
  expect(shared.lines[3]['rewards/margins']).toBeGreaterThan(0.01);
  for (const name of ['loss', 'rewards/margins', 'rewards/chosen', 'rewards/rejected'])
    expect(shared.lines.map((line) => line[name])).toEqual(prompted.lines.map((line) => line[name]));
  expect(weights(shared.model)).toEqual(weights(inPrompt));
});

test('sides that are equal cancel, but for the rounding of their rows', async () => {
  const equal = pair({ rejected: step('de') });
  const { lines } = await train({ maxSteps: 3, perDeviceTrainBatchSize: 1 }, { trainDataset: [equal] });
  for (const line of lines) {
    expect(Math.abs(line['rewards/margins'])).toBeLessThan(1e-6);
    expect(line.loss).toBeCloseTo(Math.LN2, 6);
    expect(line.grad_norm).toBeLessThan(1e-6);
  }
});

test('learns to prefer the chosen side', async () => {
  const { lines } = await train({ maxSteps: 30, perDeviceTrainBatchSize: 12 });
  expect(lines[0].loss).toBeCloseTo(Math.LN2, 6);
  expect(lines[29]['rewards/accuracies']).toBe(1);
  // Below that is the entropy of soft labels: (ln 2 would be that of 0.5).
  const entropy = (a: number) => (a === 1 ? 0 : -a * Math.log(a) - (1 - a) * Math.log(1 - a));
  expect(lines[29].loss).toBeGreaterThan((entropy(0.8) + entropy(0.6)) / 3);
  expect(lines[29].loss).toBeLessThan(0.55);
});

describe('sftWeight', () => {
  const formatCompletion = ({ answer }: Sample) => answer as string;

  test('adds the cross-entropy on the reference answer, the mean over its tokens', async () => {
    const trained = tinyModel();
    const rows = pairs.slice(0, 3);
    const config = { perDeviceTrainBatchSize: 3, sftWeight: 0.3 };
    await train({ ...config, maxSteps: 2 }, { model: trained, trainDataset: rows, formatCompletion });
    const { lines } = await train({ ...config, maxSteps: 3 }, { trainDataset: rows, formatCompletion });
    let [sum, tokens] = [0, 0];
    for (const sample of samples.slice(0, 3)) {
      const answer = [...encode(formatCompletion(sample)), 1];
      sum -= logprob(trained, [0, ...encode(sample.question), ...answer], answer.length);
      tokens += answer.length;
    }
    expect(lines[2].nll_loss).toBeCloseTo(sum / tokens, 5);
    const without = await train({ ...config, sftWeight: 0, maxSteps: 1 }, { trainDataset: rows });
    expect(without.lines[0]).not.toHaveProperty('nll_loss');
    expect(lines[0].loss).toBeCloseTo(without.lines[0].loss + 0.3 * lines[0].nll_loss, 6);
  });

  test('the gradient of one batch is that of its micro-batches, whose answers differ in length', async () => {
    const run = async (config: ProcessDPOConfigInput) => {
      const given = { maxSteps: 1, adamEpsilon: 1, beta: 1, sftWeight: 1, ...config };
      const answer = ({ id }: Sample) => 'q'.repeat(1 + Number(id.slice(1)));
      const { model } = await train(given, { formatCompletion: answer, trainDataset: pairs.slice(0, 8) });
      return Object.values(weights(model)).flat(9) as number[];
    };
    const whole = await run({ perDeviceTrainBatchSize: 8 });
    const parts = await run({ perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 8 });
    const start = Object.values(weights(tinyModel())).flat(9) as number[];
    expect(Math.max(...whole.map((weight, i) => Math.abs(weight - start[i])))).toBeGreaterThan(1e-4);
    expect(Math.max(...whole.map((weight, i) => Math.abs(weight - parts[i])))).toBeLessThan(1e-7);
  });
});

test('a pair without its sample is refused by its place', () => {
  const options = { model: tinyModel(), samples, trainDataset: [pairs[0], pair({ sampleId: 'gone' })] };
  expect(() => new ProcessDPOTrainer(options)).toThrow(
    /trainDataset\[1\]\.sampleId: got 'gone', which none of the 12 samples has as its id/,
  );
});

test('a model that cannot encode steps is refused by name', async () => {
  const { encodePart: _, ...model } = tinyModel();
  await expect(train({ maxSteps: 1 }, { model })).rejects.toThrow(
    /the model has no encodePart, which steps need/,
  );
});

test('defaults are the published ones; lengths never count', () => {
  const config = parseProcessDPOConfig({});
  expect(config).toMatchObject({
    beta: 0.1,
    sftWeight: 0,
    learningRate: 5e-6,
    rounds: 1,
    disableDropout: true,
  });
  for (const name of ['lossType', 'ldAlpha', 'labelSmoothing'])
    expect(() => parseProcessDPOConfig({ [name]: 0.5 })).toThrow(
      `ProcessDPOConfig: ${name}: no such setting`,
    );
  expect(() => parseProcessDPOConfig({ rounds: 0 })).toThrow(/rounds: .*>0/);
});
