import { torch } from '../../../lib/index.js';
import { type Entry, factory, negative, notABoolean, notANumber } from './entry.js';

const x = torch.ones([2]);
const leaf = torch.ones([2], { requiresGrad: true });

export const tensorEntries: Entry[] = [
  {
    name: 'torch.load',
    type: 'LoadOptions',
    call: (o) => torch.load('no-such-file', o),
    names: ['metadata'],
    wrong: { metadata: notABoolean },
  },
  {
    name: 'torch.tensor',
    type: 'FactoryOptions',
    call: (o) => torch.tensor([1], o),
    names: [...factory, 'requiresGrad'],
  },
  {
    name: 'torch.full',
    call: (o) => torch.full([1], 1, o),
    names: [...factory, 'layout', 'pinMemory', 'requiresGrad'],
  },
  { name: 'torch.zeros', call: (o) => torch.zeros([1], o), names: ['size'] },
  { name: 'Tensor.add', call: (o) => x.add(x, o), names: ['alpha'] },
  { name: 'torch.ops', call: (o) => torch.ops.aten['add.Tensor'](x, x, o), names: ['alpha'] },
  {
    name: 'Tensor.to',
    type: 'ConversionOptions',
    call: (o) => x.to(o),
    names: [...factory, 'nonBlocking', 'copy', 'memoryFormat'],
  },
  {
    name: 'Tensor.unique',
    call: (o) => x.unique(o),
    names: ['sorted', 'returnInverse', 'returnCounts', 'dim'],
    wrong: { sorted: notABoolean, returnInverse: notABoolean, dim: notANumber },
  },
  {
    name: 'torch.unique',
    call: (o) => torch.unique(x, o),
    names: ['sorted', 'returnInverse', 'returnCounts', 'dim'],
  },
  {
    name: 'Tensor.uniqueConsecutive',
    call: (o) => x.uniqueConsecutive(o),
    names: ['returnInverse', 'returnCounts', 'dim'],
  },
  {
    name: 'torch.uniqueConsecutive',
    call: (o) => torch.uniqueConsecutive(x, o),
    names: ['returnInverse', 'returnCounts', 'dim'],
  },
  {
    name: 'torch.tensordot',
    call: (o) => torch.tensordot(x, x, o),
    names: ['dims'],
    given: { dims: 1 },
    wrong: { dims: negative },
  },
  {
    name: 'Tensor.isContiguous',
    call: (o) => x.isContiguous(o),
    names: ['memoryFormat'],
    wrong: { memoryFormat: ['channels'] },
  },
  {
    name: 'Tensor.backward',
    type: 'BackwardOptions',
    call: (o) => leaf.sum().backward(o),
    names: ['gradient', 'retainGraph', 'createGraph', 'inputs'],
    wrong: { retainGraph: notABoolean, createGraph: notABoolean, inputs: [leaf] },
  },
  {
    name: 'Tensor.backward after a gradient',
    call: (o) => leaf.mul(2).backward(x, o),
    names: ['gradient', 'retainGraph', 'createGraph', 'inputs'],
  },
  {
    name: 'torch.autograd.backward',
    call: (o) => torch.autograd.backward([leaf.sum()], o),
    names: ['gradient', 'retainGraph', 'createGraph', 'inputs'],
  },
  {
    name: 'torch.autograd.grad',
    type: 'GradOptions',
    call: (o) => torch.autograd.grad([leaf.sum()], [leaf], o),
    names: ['gradOutputs', 'retainGraph', 'createGraph', 'allowUnused'],
    wrong: { gradOutputs: [x], createGraph: notABoolean, allowUnused: notABoolean },
  },
];
