/** The settings of policy losses in GRPOConfig. */

import { type GRPOConfigInput, GRPOTrainer, parseGRPOConfig } from '../../lib/train/index.js';
import { lossSettings } from '../../lib/train/loss-settings.js';
import { samples, tinyModel } from './tiny-model.js';

test('every setting has TRL’s default, or none', () => {
  expect(lossSettings(parseGRPOConfig({}))).toEqual({
    type: 'dapo',
    importanceSamplingLevel: null,
    aggregation: null,
    epsilon: 0.2,
    epsilonHigh: null,
    delta: null,
    dualClip: null,
    cispoBound: 'absolute',
    sapoTemperaturePos: 1,
    sapoTemperatureNeg: 1.05,
    vespoKPos: 2,
    vespoLambdaPos: 3,
    vespoKNeg: 3,
    vespoLambdaNeg: 2,
    beta: 0,
    klEstimator: 'k3',
    useBiasCorrectionKl: true,
    importanceCorrection: 'none',
    importanceCorrectionMin: null,
    importanceCorrectionMax: 3,
    importanceCorrectionReduction: 'sum',
    importanceCorrectionKl: false,
    offPolicyMaskThreshold: null,
    topEntropyQuantile: 1,
    entropyThreshold: null,
    entropyCoef: 0,
    maxCompletionLength: 256,
  });
});

test('what is given reaches the loss', () => {
  const given = {
    aggregation: 'token-sum',
    cispoBound: 'relative',
    sapoTemperaturePos: 0.7,
    vespoKNeg: 1,
    dualClip: 3,
    klEstimator: 'k1',
    entropyThreshold: 0.5,
    importanceCorrectionMax: null,
  } as const;
  expect(lossSettings(parseGRPOConfig({ lossType: 'cispo', ...given }))).toMatchObject({
    type: 'cispo',
    ...given,
  });
});

test.each<[string, object]>([
  ['sapoTemperaturePos', { sapoTemperaturePos: 0 }],
  ['dualClip', { dualClip: 1 }],
  ['epsilon', { epsilon: -0.1 }],
  ['topEntropyQuantile', { topEntropyQuantile: 1.5 }],
  ['cispoBound', { cispoBound: 'both' }],
  ['aggregation', { aggregation: 'mean' }],
  ['lossType', { lossType: 'gpro' }],
  ['numItemsInBatch', { numItemsInBatch: 3 }],
])('%s is refused: %o', (field, config) => {
  expect(() => parseGRPOConfig(config)).toThrow(new RegExp(`GRPOConfig: ${field}: `));
});

test('bnpo is dapo with its aggregation, groups of equal rewards included', async () => {
  const curve = async (config: GRPOConfigInput) => {
    const losses: unknown[] = [];
    await new GRPOTrainer({
      model: tinyModel(),
      // Some groups have equal rewards.
      rewardFuncs: [({ completions }) => completions.map((text) => (text.includes('a') ? 1 : 0))],
      trainDataset: samples,
      config: {
        outputDir: null,
        learningRate: 1e-2,
        loggingSteps: 1,
        maxSteps: 4,
        numGenerations: 4,
        perDeviceTrainBatchSize: 8,
        gradientAccumulationSteps: 2,
        maxCompletionLength: 6,
        ...config,
      },
      callbacks: [{ onLog: (_, __, { loss, grad_norm }) => void losses.push(loss, grad_norm) }],
    }).train();
    return losses;
  };
  const bnpo = await curve({ lossType: 'bnpo' });
  expect(await curve({ lossType: 'dapo', aggregation: 'local-token-mean' })).toEqual(bnpo);
  expect(await curve({ lossType: 'dapo' })).not.toEqual(bnpo);
});
