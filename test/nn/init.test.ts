import { init } from '../../lib/nn/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';
import { maxDifference, recorded } from './fixtures.js';

const initialisers: Record<string, (tensor: Tensor) => Tensor> = {
  uniform_: (tensor) => init.uniform_(tensor, -0.5, 2),
  normal_: (tensor) => init.normal_(tensor, 1, 0.1),
  xavierUniform_: (tensor) => init.xavierUniform_(tensor, 1.5),
  xavierNormal_: (tensor) => init.xavierNormal_(tensor),
  kaimingUniform_: (tensor) => init.kaimingUniform_(tensor, { a: Math.sqrt(5) }),
  kaimingUniformRelu_: (tensor) => init.kaimingUniform_(tensor, { nonlinearity: 'relu', mode: 'fan_out' }),
  kaimingNormal_: (tensor) => init.kaimingNormal_(tensor, { nonlinearity: 'tanh' }),
};

describe('initialisers draw the values that PyTorch draws', () => {
  const fixture = recorded('nn/init.safetensors');

  test.each(Object.keys(fixture))('%s', (key) => {
    const name = key.slice(0, key.lastIndexOf('.'));
    torch.manualSeed(11);
    const tensor = torch.empty([...fixture[key].shape]);
    const result = initialisers[name](tensor);
    expect(result).toBe(tensor);
    expect(maxDifference(tensor, fixture[key])).toBe(0);
  });

  test('work on parameters without being recorded', () => {
    const weight = torch.empty([3, 3]);
    weight.requiresGrad = true;
    expect(init.ones_(weight).requiresGrad).toBe(true);
    expect(weight.isLeaf).toBe(true);
    expect(weight.sum().item()).toBe(9);
  });

  test('fans of a vector do not exist', () => {
    expect(() => init.kaimingUniform_(torch.empty([3]))).toThrow(/at least 2 dimensions, got shape \[3\]/);
  });
});
