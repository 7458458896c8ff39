// DPO on a tiny model: rows ask for one letter, the chosen answer repeats it, the rejected one writes another.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { QuestionPreference } from '../../lib/data/index.js';
import type { OmniGraph } from '../../lib/models/index.js';
import {
  type DPOConfigInput,
  DPOTrainer,
  type DPOTrainerOptions,
  parseDPOConfig,
  readMetrics,
} from '../../lib/train/index.js';
import { preferencePairs } from '../../lib/train/preference/pairs.js';
import { PairTraining } from '../../lib/train/preference/training.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();

const pairs: QuestionPreference[] = samples.map((sample, i) => ({
  ...sample,
  chosen: 'abcdefghijkl'[i].repeat(2),
  rejected: 'nopqrstuvwxy'[i].repeat(1 + (i % 3)),
}));

const common: DPOConfigInput = {
  learningRate: 1e-2,
  loggingSteps: 1,
  lrSchedulerType: 'constant',
  outputDir: null,
};

/** Trains, and gives the logged lines. */
async function train(config: DPOConfigInput, options: Partial<DPOTrainerOptions> = {}, resumeFrom?: string) {
  const model = tinyModel();
  const lines: Record<string, number>[] = [];
  const trainer = new DPOTrainer({
    model,
    trainDataset: pairs,
    config: { ...common, ...config },
    callbacks: [{ onLog: (_, __, metrics) => void lines.push(metrics) }],
    ...options,
  });
  const result = await trainer.train({ resumeFrom });
  return { lines, result, model };
}

test('starts at log 2, learns to prefer the chosen ones, and reports it under the names of TRL', async () => {
  const outputDir = join(folder.path, 'run');
  const { result } = await train(
    { outputDir, maxSteps: 30, perDeviceTrainBatchSize: 12, evalSteps: 15 },
    { evalDataset: pairs },
  );
  const lines = readMetrics(join(outputDir, 'metrics.jsonl'));
  const logged = lines.filter(({ loss }) => loss !== undefined);
  // The policy is the reference: every log-ratio is 0.
  expect(logged[0].loss).toBeCloseTo(Math.LN2, 6);
  expect(logged[0]).toMatchObject({
    'rewards/chosen': 0,
    'rewards/rejected': 0,
    'rewards/accuracies': 0,
    'rewards/margins': 0,
  });
  // Untrained, all 28 tokens are about equally likely.
  expect(logged[0].entropy as number).toBeGreaterThan(0.8 * Math.log(28));
  expect(logged[0].entropy as number).toBeLessThan(Math.log(28));
  expect(logged[29].loss as number).toBeLessThan(0.3);
  expect(logged[29]['rewards/accuracies']).toBe(1);
  expect(logged[29]['rewards/margins'] as number).toBeCloseTo(
    (logged[29]['rewards/chosen'] as number) - (logged[29]['rewards/rejected'] as number),
    5,
  );
  const [first, last] = result.state.evaluations.map(({ metrics }) => metrics);
  expect(last['eval_rewards/accuracies']).toBe(1);
  expect(last.eval_loss).toBeLessThan(first.eval_loss);
});

test('the gradient of one batch of 8 pairs is that of 8 micro-batches of 1', async () => {
  // With adamEpsilon 1 the update is about proportional to the gradient: no difference is blown up.
  const run = async (config: DPOConfigInput) =>
    Object.values(weights((await train({ maxSteps: 1, adamEpsilon: 1, beta: 1, ...config })).model)).flat(
      9,
    ) as number[];
  const whole = await run({ perDeviceTrainBatchSize: 8 });
  const parts = await run({ perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 8 });
  const start = Object.values(weights(tinyModel())).flat(9) as number[];
  expect(Math.max(...whole.map((weight, i) => Math.abs(weight - start[i])))).toBeGreaterThan(1e-4);
  expect(Math.max(...whole.map((weight, i) => Math.abs(weight - parts[i])))).toBeLessThan(1e-7);
});

test('a resumed training ends with the same weights, bit for bit, held to the same reference', async () => {
  const config = { maxSteps: 8, perDeviceTrainBatchSize: 4, saveSteps: 4, maxLength: 5 };
  const whole = await train({ ...config, outputDir: join(folder.path, 'whole') });
  const outputDir = join(folder.path, 'parts');
  await train({ ...config, outputDir, maxSteps: 4 });
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const resumed = await train({ ...config, outputDir }, {}, join(outputDir, 'checkpoint-4'));
  warned.mockRestore();
  expect(weights(resumed.model)).toEqual(weights(whole.model));
  expect(resumed.lines.at(-1)!.loss).toBe(whole.lines.at(-1)!.loss);
  const at = (name: string) => readFileSync(join(folder.path, name, 'reference.safetensors'));
  expect(at('parts').equals(at('whole'))).toBe(true);

  rmSync(join(outputDir, 'reference.safetensors'));
  await expect(train({ ...config, outputDir }, {}, join(outputDir, 'checkpoint-4'))).rejects.toThrow(
    /reference\.safetensors is missing: the loss compares the policy .* keep the file beside the checkpoints, or begin/,
  );
});

describe('maxLength', () => {
  test('cuts completions at the end, and leaves out rows whose prompt fills it', async () => {
    // One root token and 1 to 3 letters; completions are 2 letters and the end.
    const model = tinyModel();
    const made = await preferencePairs(model, pairs.slice(0, 3), 4);
    const lengths = made.map(({ row, tree }) => [
      row.id,
      ...tree.children[0].children!.map(({ ids }) => ids.length),
    ]);
    expect(lengths).toEqual([
      ['s0', 2, 2],
      ['s1', 1, 1],
    ]);
  });

  test('null cuts nothing', async () => {
    const [{ tree }] = await preferencePairs(tinyModel(), [{ ...pairs[0], chosen: 'a'.repeat(2000) }], null);
    expect(tree.children[0].children![0].ids).toHaveLength(2001);
  });

  test('rows that are left out are named, and a first step without any row ends the training', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await train({ maxSteps: 1, perDeviceTrainBatchSize: 12, maxLength: 4 });
    expect(warned.mock.calls.flat().join()).toMatch(
      /maxLength: prompts fill it in '?s\d+'?.* are left out; raise maxLength/,
    );
    warned.mockRestore();
    await expect(train({ maxSteps: 1, maxLength: 1 })).rejects.toThrow(
      /maxLength: prompts fill it in all rows of the first step \('s\d+'.*; raise maxLength/,
    );
  });

  test('a later step without any row changes nothing, and the training goes on', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const config = { maxSteps: 12, perDeviceTrainBatchSize: 1, maxLength: 4, seed: 4 };
    const { lines, result } = await train(config);
    warned.mockRestore();
    expect(result.state.step).toBe(12);
    // Prompts of three letters and the root fill it: a third of the rows.
    expect(lines.filter(({ loss }) => loss !== undefined)).toHaveLength(8);
    expect(lines.at(-1)).not.toHaveProperty('skipped_steps');
  });
});

test('rows with a prompt that fills maxLength are no rows of any step, and are named once', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const row = (id: string) => ({ id, prompt: id, chosen: 'b', rejected: 'c' });
  const encodePreference = ({ id }: { id: string }) => ({
    prompt: [0, ...Array.from(id, (letter) => letter.charCodeAt(0) - 95)],
    chosen: [3, 1],
    rejected: [4, 1],
  });
  const model = () => ({ ...tinyModel(), encodePreference });
  const short = ['a', 'ba', 'c', 'dd'].map(row);
  const config = { perDeviceTrainBatchSize: 2, numTrainEpochs: 2, maxLength: 4 };
  const { lines, result } = await train(config, {
    model: model(),
    trainDataset: [row('aaa'), ...short, row('bcda')],
  });
  const without = await train(config, { model: model(), trainDataset: short });
  expect(lines.map(({ loss }) => loss)).toEqual(without.lines.map(({ loss }) => loss));
  expect(result.state.maxSteps).toBe(4);
  expect(warned.mock.calls.map(([text]) => text)).toEqual([
    "maxLength: 2 of 6 rows have nothing to learn within it (4 tokens) and are left out: 'aaa', 'bcda'; raise it, or set it to null",
  ]);
  warned.mockRestore();
});

test('a row that cannot be encoded is found before the first step', async () => {
  const rows = Array.from({ length: 8 }, (_, i) => ({
    id: `p${i}`,
    prompt: 'a',
    chosen: 'b',
    rejected: 'c',
  }));
  const encodePreference = ({ id }: { id: string }) => {
    if (id === 'p7') throw new Error(`sample '${id}': no template`);
    return { prompt: [0], chosen: [3, 1], rejected: [4, 1] };
  };
  let steps = 0;
  const options = {
    model: { ...tinyModel(), encodePreference },
    callbacks: [{ onStepEnd: () => void steps++ }],
  };
  const config = { maxSteps: 1, perDeviceTrainBatchSize: 1, evalSteps: 1 };
  await expect(train(config, { ...options, trainDataset: rows, evalDataset: pairs })).rejects.toThrow(
    "sample 'p7'",
  );
  await expect(train(config, { ...options, trainDataset: pairs, evalDataset: rows })).rejects.toThrow(
    "sample 'p7'",
  );
  expect(steps).toBe(0);
});

test.each<[string, RegExp, object]>([
  ['lossType', /expected one of sigmoid, .*, or a list of these \(got "process"\)/, { lossType: 'process' }],
  ['labelSmoothing', /lossType 'exo_pair' expects 0 < value < 1/, { lossType: 'exo_pair' }],
  [
    'labelSmoothing',
    /lossType 'robust' expects 0 <= value < 0.5/,
    { lossType: ['sigmoid', 'robust'], labelSmoothing: 0.5 },
  ],
  ['lossWeights', /expected 2 weights/, { lossType: ['sigmoid', 'sft'], lossWeights: [1] }],
  ['lossType', /names 'sft' twice/, { lossType: ['sft', 'sft'] }],
  ['fDivergenceType', /lossType 'aot' has no other/, { lossType: 'aot', fDivergenceType: 'forward_kl' }],
  ['useWeighting', /sorts pairs/, { lossType: 'aot_unpaired', useWeighting: true }],
  ['truncationMode', /expected 'keep_start'/, { truncationMode: 'keep_end' }],
  ['syncRefModel', /is not implemented/, { syncRefModel: true }],
  ['precomputeRefLogProbs', /is not implemented/, { precomputeRefLogProbs: true }],
  ['beta', /expected number to be >0/, { beta: 0 }],
  ['ldAlpha', /<=1/, { ldAlpha: 2 }],
  ['labelSmothing', /did you mean labelSmoothing/, { labelSmothing: 0.1 }],
])('%s is refused: %s', (field, problem, config) => {
  const refused = () => parseDPOConfig(config);
  expect(refused).toThrow(`DPOConfig: ${field}: `);
  expect(refused).toThrow(problem);
});

test('defaults are those of TRL 1.16', () => {
  expect(parseDPOConfig({})).toMatchObject({
    learningRate: 1e-6,
    perDeviceTrainBatchSize: 8,
    maxLength: 1024,
    truncationMode: 'keep_start',
    lossType: ['sigmoid'],
    lossWeights: null,
    beta: 0.1,
    labelSmoothing: 0,
    discopopTau: 0.05,
    fDivergenceType: 'reverse_kl',
    fAlphaDivergenceCoef: 0.5,
    ldAlpha: null,
    useWeighting: false,
    disableDropout: true,
    precomputeRefLogProbs: false,
    syncRefModel: false,
  });
});

test('a row with a prompt is refused by a model that cannot encode it, by name', async () => {
  const row = { id: 'p', prompt: 'a', chosen: 'b', rejected: 'c' };
  await expect(train({ maxSteps: 1 }, { trainDataset: [row] })).rejects.toThrow(
    /sample 'p': the model has no encodePreference/,
  );
});

test('a trainer of its own brings a probability for each pair: one half teaches nothing, 1 what sigmoid does', async () => {
  const gradient = async (lossType: 'process' | 'sigmoid', alpha?: number) => {
    const model = tinyModel();
    const norms: number[] = [];
    const config = parseDPOConfig({ ...common, maxSteps: 1 });
    const options = {
      model,
      trainDataset: pairs,
      callbacks: [
        { onLog: (_: unknown, __: unknown, line: Record<string, number>) => void norms.push(line.grad_norm) },
      ],
    };
    const pairsOf = async (rows: readonly QuestionPreference[]) =>
      (await preferencePairs(model, rows, null)).map((pair) => ({ ...pair, alpha }));
    const source = { teachingRows: async (rows: readonly QuestionPreference[]) => rows, pairsOf };
    await new PairTraining('Own', options, { ...config, lossType: [lossType] }, source).train({});
    return norms[0];
  };
  const sigmoid = await gradient('sigmoid');
  expect(sigmoid).toBeGreaterThan(0.01);
  expect(await gradient('process', 1)).toBeCloseTo(sigmoid, 7);
  expect(await gradient('process', 0.5)).toBeCloseTo(0, 7);
});

describe('with an adapter', () => {
  const steps = (config: DPOConfigInput, dropout = 0, resumeFrom?: string) => {
    const model = tinyModel();
    (model.graph as OmniGraph).addAdapter({ r: 4, alpha: 8, dropout });
    return train(config, { model }, resumeFrom);
  };

  test('the reference is the model without it: nothing is copied, and a resumed training ends with the same weights', async () => {
    const config = { maxSteps: 8, perDeviceTrainBatchSize: 4, saveSteps: 4 };
    const whole = await steps({ ...config, outputDir: join(folder.path, 'whole') });
    const losses = whole.lines.map(({ loss }) => loss);
    expect(losses[0]).toBeCloseTo(Math.LN2, 6);
    expect(losses[7]).toBeLessThan(losses[0]);
    expect(existsSync(join(folder.path, 'whole', 'reference.safetensors'))).toBe(false);
    const outputDir = join(folder.path, 'parts');
    await steps({ ...config, outputDir, maxSteps: 4 });
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const resumed = await steps({ ...config, outputDir }, 0, join(outputDir, 'checkpoint-4'));
    warned.mockRestore();
    expect(resumed.lines.map(({ loss }) => loss)).toEqual(losses.slice(4));
  });

  test('nothing is dropped out of the policy unless disableDropout is false', async () => {
    const norm = async (config: DPOConfigInput, dropout: number) =>
      (await steps({ maxSteps: 1, ...config }, dropout)).lines[0].grad_norm;
    const plain = await norm({}, 0);
    expect(await norm({}, 0.5)).toBe(plain);
    expect(await norm({ disableDropout: false }, 0.5)).not.toBeCloseTo(plain, 3);
  });
});
