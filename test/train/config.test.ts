import type { TrainableModel } from '../../lib/train/index.js';
import { ConfigError, GRPOTrainer, SFTTrainer } from '../../lib/train/index.js';

const model = {} as TrainableModel;
const sft = (config: object) => new SFTTrainer({ model, trainDataset: [], config }).config;
const grpo = (config: object) =>
  new GRPOTrainer({ model, trainDataset: [], rewardFuncs: [() => []], config }).config;

test("defaults are TRL's", () => {
  expect(grpo({})).toMatchObject({
    learningRate: 1e-6,
    numGenerations: 8,
    temperature: 1,
    lossType: 'dapo',
    epsilon: 0.2,
    beta: 0,
    scaleRewards: 'group',
    numIterations: 1,
  });
  expect(sft({})).toMatchObject({
    learningRate: 2e-5,
    perDeviceTrainBatchSize: 8,
    lrSchedulerType: 'linear',
  });
});

test.each<[object, string, string]>([
  [{ numGeneration: 4 }, 'numGeneration', 'numGeneration: no such setting; did you mean numGenerations?'],
  [{ lossType: 'ppo' }, 'lossType', 'lossType: Invalid option'],
  [{ temperature: 0 }, 'temperature', '(got 0)'],
  [{ adamBeta2: 1 }, 'adamBeta2', '<1 (got 1)'],
  [{ learningRate: '1e-6' }, 'learningRate', 'learningRate: Invalid input'],
  [{ seed: -1 }, 'seed', '>=0 (got -1)'],
  [{ seed: 0.5 }, 'seed', 'expected int'],
  [{ seed: Number.NaN }, 'seed', 'received NaN'],
  [{ seed: 2 ** 53 }, 'seed', 'expected int to be <=9007199254740991 (got 9007199254740992)'],
  [
    { perDeviceTrainBatchSize: 6, numGenerations: 4 },
    'perDeviceTrainBatchSize',
    'perDeviceTrainBatchSize: must be a multiple of numGenerations',
  ],
])('GRPO refuses %j', (config, field, message) => {
  expect(() => grpo(config)).toThrow(message);
  expect(() => grpo(config)).toThrow(expect.objectContaining({ name: 'ConfigError', field }) as never);
});

test.each<[object, string]>([
  [{ perDeviceTrainBatchSize: 1e9 }, 'perDeviceTrainBatchSize'],
  [{ gradientAccumulationSteps: 2 ** 53 - 1 }, 'gradientAccumulationSteps'],
  [{ perDeviceTrainBatchSize: 2 ** 16, gradientAccumulationSteps: 2 ** 16 }, 'gradientAccumulationSteps'],
  [{ numTrainEpochs: 1e300 }, 'numTrainEpochs'],
  [{ maxSteps: 1e300 }, 'maxSteps'],
  [{ warmupSteps: 2 ** 53 }, 'warmupSteps'],
  [{ learningRate: Infinity }, 'learningRate'],
])('both trainers refuse %j, which no machine could train by', (config, field) => {
  for (const make of [sft, grpo])
    expect(() => make(config)).toThrow(expect.objectContaining({ name: 'ConfigError', field }) as never);
});

test.each<[object, string]>([
  [{ numGenerations: 1e9, perDeviceTrainBatchSize: 1e9 }, 'perDeviceTrainBatchSize'],
  [{ numGenerations: 2 ** 53 - 1 }, 'numGenerations'],
  [{ maxCompletionLength: 1e15 }, 'maxCompletionLength'],
  [{ numIterations: 1e15 }, 'numIterations'],
  [{ topK: 2 ** 53 }, 'topK'],
])('GRPO refuses %j too', (config, field) => {
  expect(() => grpo(config)).toThrow(expect.objectContaining({ name: 'ConfigError' }) as never);
  expect(() => grpo(config)).toThrow(field);
});

test('all wrong fields are named at once', () => {
  expect(() => sft({ learningRate: -1, loggingSteps: 0.5 })).toThrow(/loggingSteps: .*; learningRate: /);
  expect(() => sft({ learningRate: -1 })).toThrow(ConfigError);
});

test('GRPO needs a reward', () => {
  expect(() => new GRPOTrainer({ model, trainDataset: [], rewardFuncs: [] })).toThrow('rewardFuncs is empty');
});

test('a value that JSON cannot hold is shown as far as it goes', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  expect(() => sft({ learningRate: 5n })).toThrow(/learningRate: .*\(got 5n\)/);
  expect(() => sft({ learningRate: cyclic })).toThrow(/learningRate: .*\(got \{"self":\{"self":/);
});

test('a tower that the model has not cannot be frozen', () => {
  const frozen = (towers: object, freeze: string[]) => () =>
    new SFTTrainer({
      model: { graph: { towers: () => towers, parameters: () => [] } } as unknown as TrainableModel,
      trainDataset: [],
      config: { freeze } as never,
    });
  expect(frozen({}, ['vision'])).toThrow(/^freeze: this model has no vision tower, only text; leave it out$/);
  expect(frozen({ vision: [], audio: undefined }, ['vision', 'audio'])).toThrow(
    /^freeze: this model has no audio tower, only vision, text; leave it out$/,
  );
  expect(frozen({ vision: [], audio: [] }, ['audio'])).not.toThrow();
  expect(frozen({}, ['sound'])).toThrow('freeze.0: Invalid option');
});
