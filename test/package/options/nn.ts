import { nn, optim, torch } from '../../../lib/index.js';
import { type Entry, factory, negative, notABoolean, notACount, notANumber } from './entry.js';

const weight = () => torch.zeros([4, 4], { requiresGrad: true });
const bias = notABoolean;

const layers = ['targetModules', 'excludeModules', 'layersToTransform', 'layersPattern', 'modulesToSave'];
/** Of adapters. */
export const loraNames = [
  ...layers,
  ...['r', 'alpha', 'dropout', 'rslora', 'dora', 'bias', 'initLoraWeights', 'rankPattern', 'alphaPattern'],
];
export const wrongLora = {
  r: [...notACount, 0],
  alpha: notANumber,
  dropout: [...negative, 1],
  rslora: notABoolean,
  dora: notABoolean,
  bias: ['some', true],
  targetModules: ['q_proj', [1]],
  layersToTransform: [1, [-1]],
};
const layer = () => new nn.Sequential(new nn.Linear(2, 2));

export const nnEntries: Entry[] = [
  {
    name: 'nn.LoraAdapter',
    type: 'LoraOptions',
    call: (o) => new nn.LoraAdapter(layer(), o),
    names: loraNames,
    given: { targetModules: ['0'] },
    wrong: wrongLora,
  },
  {
    name: 'nn.LoraAdapter, its parts',
    type: 'AdapterParts',
    call: (o) => new nn.LoraAdapter(layer(), { targetModules: ['0'] }, o),
    names: ['names', 'refuse', 'fill'],
    wrong: { names: [['0']], refuse: [true], fill: [{}] },
  },
  {
    name: 'nn.Linear',
    type: 'Factory',
    call: (o) => new nn.Linear(2, 2, o),
    names: ['bias', ...factory],
    wrong: { bias },
  },
  {
    name: 'nn.Embedding',
    call: (o) => new nn.Embedding(2, 2, o),
    names: ['paddingIdx', ...factory],
    wrong: { paddingIdx: [...notACount, 2] },
  },
  {
    name: 'nn.LayerNorm',
    call: (o) => new nn.LayerNorm(2, o),
    names: ['eps', 'elementwiseAffine', 'bias', ...factory],
    wrong: { eps: negative, bias },
  },
  {
    name: 'nn.RMSNorm',
    call: (o) => new nn.RMSNorm(2, o),
    names: ['eps', 'elementwiseAffine', ...factory],
    wrong: { eps: negative, elementwiseAffine: notABoolean },
  },
  ...(['Conv1d', 'Conv2d', 'Conv3d'] as const).map(
    (name): Entry => ({
      name: `nn.${name}`,
      type: 'ConvOptions',
      call: (o) => new nn[name](2, 2, 1, o),
      names: ['stride', 'padding', 'dilation', 'groups', 'bias', ...factory],
      wrong: {
        stride: [...notACount, 0],
        padding: [...notACount, ['1']],
        dilation: [...notACount, 0],
        groups: [...notACount, 0],
        bias,
      },
    }),
  ),
  { name: 'nn.GELU', call: (o) => new nn.GELU(o), names: ['approximate'], wrong: { approximate: ['tan'] } },
  {
    name: 'nn.CrossEntropyLoss',
    type: 'CrossEntropyOptions',
    call: (o) => new nn.CrossEntropyLoss(o),
    names: ['weight', 'ignoreIndex', 'reduction', 'labelSmoothing'],
    wrong: {
      weight: [[1, 2]],
      ignoreIndex: [0.5, '1'],
      reduction: ['avg'],
      labelSmoothing: [...negative, 2],
    },
  },
  {
    name: 'nn.MSELoss',
    call: (o) => new nn.MSELoss(o),
    names: ['reduction'],
    wrong: { reduction: ['avg', 1] },
  },
  {
    name: 'nn.L1Loss',
    call: (o) => new nn.L1Loss(o),
    names: ['reduction'],
    wrong: { reduction: ['avg', 1] },
  },
  {
    name: 'nn.buffer',
    call: (o) => nn.buffer(torch.ones([1]), o),
    names: ['persistent'],
    wrong: { persistent: notABoolean },
  },
  {
    name: 'Module.loadStateDict',
    call: (o) => new nn.ReLU().loadStateDict({}, o),
    names: ['strict'],
    wrong: { strict: notABoolean },
  },
  { name: 'Module.to', call: (o) => new nn.ReLU().to(o), names: factory },
  ...(['kaimingUniform_', 'kaimingNormal_'] as const).map(
    (name): Entry => ({
      name: `nn.init.${name}`,
      type: 'KaimingOptions',
      call: (o) => nn.init[name](torch.zeros([2, 2]), o),
      names: ['a', 'mode', 'nonlinearity'],
      wrong: { a: notANumber, mode: ['fan_inn'], nonlinearity: ['rellu'] },
    }),
  ),
  {
    name: 'optim.AdamW',
    type: 'AdamWOptions',
    call: (o) => new optim.AdamW([weight()], o),
    names: ['lr', 'betas', 'eps', 'weightDecay', 'fused'],
    wrong: {
      lr: negative,
      betas: [[0.9], [0.9, 1], [0.9, Number.NaN], 0.9],
      eps: negative,
      weightDecay: negative,
      fused: notABoolean,
    },
  },
  {
    name: 'optim.AdamW, a group',
    call: (o) => new optim.AdamW([Object.assign({ params: [weight()] }, o)]),
    names: ['params', 'lr', 'betas', 'eps', 'weightDecay', 'fused'],
    wrong: { lr: negative },
  },
  {
    name: 'optim.SGD',
    type: 'SGDOptions',
    call: (o) => new optim.SGD([weight()], o),
    names: ['lr', 'momentum', 'dampening', 'weightDecay', 'nesterov'],
    wrong: {
      lr: negative,
      momentum: negative,
      dampening: notANumber,
      weightDecay: negative,
      nesterov: notABoolean,
    },
  },
  {
    name: 'optim.Muon',
    type: 'MuonOptions',
    call: (o) => new optim.Muon([weight()], o),
    names: ['lr', 'weightDecay', 'momentum', 'nesterov', 'nsCoefficients', 'eps', 'nsSteps', 'adjustLrFn'],
    wrong: {
      lr: negative,
      momentum: [...negative, 2],
      nsCoefficients: [
        [1, 2],
        ['a', 1, 2],
      ],
      nsSteps: [...notACount, 0],
      adjustLrFn: ['orig'],
    },
  },
  {
    name: 'optim.constant',
    type: 'WarmUp',
    call: (o) => optim.constant(o),
    names: ['warmupSteps', 'totalSteps'],
    wrong: { warmupSteps: notACount },
  },
  {
    name: 'optim.linear',
    type: 'Decay',
    call: (o) => optim.linear(o),
    names: ['warmupSteps', 'totalSteps'],
    given: { totalSteps: 5 },
    wrong: { warmupSteps: notACount, totalSteps: [...notACount, undefined] },
  },
  {
    name: 'optim.cosine',
    call: (o) => optim.cosine(o),
    names: ['warmupSteps', 'totalSteps', 'cycles', 'minFactor'],
    given: { totalSteps: 5 },
    wrong: { totalSteps: [undefined], cycles: negative, minFactor: [...negative, 2] },
  },
];
