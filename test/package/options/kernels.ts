import { algorithms, kernels, torch } from '../../../lib/index.js';
import { type Entry, negative, notABoolean, notANumber, notPositive } from './entry.js';

const x = torch.ones([2]);
const table = kernels.nodeTable([{ q: [0, 2], k: [0, 2] }]);
const q = torch.ones([2, 1, 8]);
const lengths = torch.tensor([0n, 2n]);
const pairs = torch.zeros([1]);
const policyNames = [
  ...['type', 'advantages', 'cuSeqlens', 'oldLogp', 'refLogp', 'samplerLogp', 'mask', 'entropy'],
  ...['importanceSamplingLevel', 'aggregation', 'epsilon', 'epsilonHigh', 'delta', 'dualClip', 'cispoBound'],
  ...[
    'sapoTemperaturePos',
    'sapoTemperatureNeg',
    'vespoKPos',
    'vespoLambdaPos',
    'vespoKNeg',
    'vespoLambdaNeg',
  ],
  ...['beta', 'klEstimator', 'useBiasCorrectionKl', 'importanceCorrection', 'importanceCorrectionMin'],
  ...['importanceCorrectionMax', 'importanceCorrectionReduction', 'importanceCorrectionKl'],
  ...[
    'offPolicyMaskThreshold',
    'topEntropyQuantile',
    'entropyThreshold',
    'entropyCoef',
    'maxCompletionLength',
  ],
  ...['numItemsInBatch', 'numSequencesInBatch'],
];
const policyGiven = { advantages: torch.ones([1]), cuSeqlens: lengths };
const preferenceNames = [
  ...['beta', 'labelSmoothing', 'alpha', 'weight', 'chosenLengths', 'rejectedLengths', 'referenceMargin'],
  ...['chosenLogp', 'margin', 'discopopTau', 'fDivergenceType', 'fAlphaDivergenceCoef', 'numPairsInBatch'],
];
const advantageNames = ['mode', 'eps', 'batchEps', 'unbiased', 'weights', 'lengths'];

const weight = kernels.packLinear(torch.ones([2, 2]));
const row = torch.ones([1, 2]);

export const kernelEntries: Entry[] = [
  {
    name: 'kernels.avAttention',
    type: 'AvAttentionOptions',
    call: (o) => kernels.avAttention(q, q, q, table, o),
    names: ['modality', 'queryModality', 'rotary', 'scale', 'keyEnd', 'massMode', 'returnLse'],
    wrong: {
      keyEnd: [[1, 2]],
      scale: notANumber,
      massMode: ['heads'],
      returnLse: notABoolean,
      modality: [[0, 0]],
    },
  },
  {
    name: 'kernels.avAttention, rotary',
    type: 'RotaryTables',
    call: (rotary) => kernels.avAttention(q, q, q, table, { rotary }),
    names: ['cos', 'sin', 'keyCos', 'keySin'],
    given: { cos: torch.ones([2, 4]), sin: torch.zeros([2, 4]) },
    wrong: { sin: [undefined, 1] },
  },
  {
    name: 'kernels.packLinear',
    type: 'PackOptions',
    call: (o) => kernels.packLinear(row, o),
    names: ['dtype'],
    wrong: { dtype: ['float16', 32] },
  },
  {
    name: 'kernels.packGated',
    type: 'PackOptions',
    call: (o) => kernels.packGated(row, row, o),
    names: ['dtype'],
    wrong: { dtype: ['float16', 32] },
  },
  {
    name: 'kernels.packedLinear, weight',
    type: 'PackedWeight',
    call: (o) => kernels.packedLinear(row, o),
    names: ['panels', 'outputs'],
    given: { ...weight },
    wrong: { panels: [undefined, 1], outputs: [undefined, 0, 1.5] },
  },
  {
    name: 'kernels.decodeAttention',
    type: 'DecodeAttentionOptions',
    call: (o) =>
      kernels.decodeAttention(q, q, q, kernels.nodeTable([{ q: [0, 2], k: [0, 2], causal: true }]), o),
    names: ['modality', 'scale', 'dtype'],
    wrong: { scale: notANumber, dtype: ['float16'], modality: [[0, 0]] },
  },
  {
    name: 'kernels.headChoice',
    type: 'HeadChoiceOptions',
    call: (o) => kernels.headChoice(row, weight, [0], o),
    names: ['temperature', 'topK', 'topP', 'minP', 'repetitionPenalty', 'seen'],
    wrong: {
      temperature: negative,
      topK: negative,
      topP: [0, 2],
      minP: [-1, 2],
      repetitionPenalty: ['1'],
      seen: [[1]],
    },
  },
  {
    name: 'kernels.nodeTable, a row',
    type: 'NodeRow',
    call: (o) => kernels.nodeTable([o]),
    names: ['q', 'k', 'parent', 'causal', 'window', 'gate'],
    given: { q: [0, 1], k: [0, 1] },
    wrong: {
      q: [[0, Number.NaN], [0, 2 ** 53], [-1, 1], [1, 0], ['0', 1], undefined],
      parent: [Number.NaN, 0, 2 ** 31, '-1'],
      causal: notABoolean,
      window: [...notANumber, -2, 2 ** 53],
      gate: [256, -1, [1], Number.NaN, '1'],
    },
  },
  {
    name: 'kernels.linearKl',
    type: 'LinearKlOptions',
    call: (o) => kernels.linearKl(torch.ones([1, 4]), torch.ones([1, 4]), torch.ones([3, 4]), o),
    names: ['rows', 'bias', 'temperature'],
    wrong: { temperature: notPositive },
  },
  {
    name: 'kernels.linearLogprob',
    type: 'LinearLogprobOptions',
    call: (o) => kernels.linearLogprob(torch.ones([1, 4]), torch.ones([3, 4]), torch.tensor([1n]), o),
    names: ['rows', 'bias', 'temperature', 'entropy', 'ignoreIndex', 'accumulateGrad', 'keepLogits'],
    wrong: {
      temperature: notPositive,
      entropy: notABoolean,
      ignoreIndex: [0.5, '1'],
      keepLogits: notABoolean,
    },
  },
  {
    name: 'kernels.groupAdvantage',
    type: 'AdvantageOptions',
    call: (o) => kernels.groupAdvantage(x, lengths, o),
    names: advantageNames,
    wrong: { mode: ['groups'], eps: negative, unbiased: notABoolean, weights: [['a']] },
  },
  {
    name: 'kernels.policyLoss',
    type: 'PolicyLossOptions',
    call: (o) => kernels.policyLoss(x, o),
    names: policyNames,
    given: policyGiven,
    wrong: {
      type: ['gpro'],
      epsilon: notANumber,
      beta: notANumber,
      delta: notANumber,
      dualClip: notANumber,
      entropyCoef: notANumber,
      entropyThreshold: notANumber,
      offPolicyMaskThreshold: notANumber,
      vespoKPos: notANumber,
      numItemsInBatch: [...notANumber, Infinity],
      useBiasCorrectionKl: notABoolean,
    },
  },
  {
    name: 'kernels.preferenceLoss',
    type: 'PreferenceLossOptions',
    call: (o) => kernels.preferenceLoss(pairs, pairs, o),
    names: ['type', ...preferenceNames],
    wrong: { type: ['sigmod'], beta: notANumber, labelSmoothing: notANumber, margin: notANumber },
  },
  {
    name: 'algorithms.referenceGroupAdvantage',
    call: (o) => algorithms.referenceGroupAdvantage([[1]], [0, 1], o),
    names: advantageNames,
  },
  {
    name: 'algorithms.policyLoss',
    call: (o) => algorithms.policyLoss(x, o),
    names: policyNames,
    given: policyGiven,
  },
  {
    name: 'algorithms.referencePolicyLoss',
    call: (o) => algorithms.referencePolicyLoss(x, o),
    names: policyNames,
    given: policyGiven,
  },
  {
    name: 'algorithms.referencePreferenceLoss',
    call: (o) => algorithms.referencePreferenceLoss(pairs, pairs, o),
    names: ['type', ...preferenceNames],
  },
  {
    name: 'algorithms.mixedPreferenceLoss',
    call: (o) => algorithms.mixedPreferenceLoss(pairs, pairs, { sigmoid: 1 }, o),
    names: preferenceNames,
  },
  {
    name: 'algorithms.mixedPreferenceLoss, weights',
    call: (o) => algorithms.mixedPreferenceLoss(pairs, pairs, o),
    names: Object.keys(kernels.preferenceLosses),
    given: { sigmoid: 1 },
    wrong: { sigmoid: notANumber },
  },
  {
    name: 'algorithms.pairLogratios',
    type: 'PairOptions',
    call: (o) => algorithms.pairLogratios(torch.zeros([2]), torch.tensor([0n, 1n, 2n]), o),
    names: ['refLogp', 'ldAlpha', 'ldReference'],
    wrong: { ldAlpha: [...negative, 2], ldReference: notABoolean },
  },
  {
    name: 'algorithms.tokenLogprobs',
    call: (o) =>
      algorithms.tokenLogprobs(
        torch.ones([1, 4]),
        torch.ones([3, 4]),
        torch.tensor([1n]),
        torch.tensor([0n]),
        o,
      ),
    names: ['temperature', 'entropy'],
    wrong: { temperature: notPositive, entropy: notABoolean },
  },
];
