import * as nn from '../../lib/nn/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';
import { maxDifference, recorded } from './fixtures.js';

const layers: Record<string, () => nn.Module & { forward(input: Tensor): Tensor }> = {
  Linear: () => new nn.Linear(5, 3),
  LinearNoBias: () => new nn.Linear(5, 3, { bias: false }),
  Embedding: () => new nn.Embedding(6, 4, { paddingIdx: 2 }),
  RMSNorm: () => new nn.RMSNorm(6, { eps: 1e-6 }),
  RMSNormDefaultEps: () => new nn.RMSNorm(6),
  LayerNorm: () => new nn.LayerNorm(6),
  LayerNorm2d: () => new nn.LayerNorm([2, 3], { bias: false }),
  Conv1d: () => new nn.Conv1d(3, 4, 3, { stride: 2, padding: 1 }),
  Conv2d: () => new nn.Conv2d(4, 6, [3, 2], { stride: [2, 1], padding: [1, 0], groups: 2 }),
  Conv3d: () => new nn.Conv3d(2, 3, [1, 2, 2], { stride: [1, 2, 2], bias: false }),
  Conv1dDilated: () => new nn.Conv1d(2, 2, 3, { dilation: 2 }),
  GELU: () => new nn.GELU(),
  GELUTanh: () => new nn.GELU({ approximate: 'tanh' }),
  SiLU: () => new nn.SiLU(),
  ReLU: () => new nn.ReLU(),
  Softmax: () => new nn.Softmax(-1),
  Dropout: () => new nn.Dropout(0.3),
};

describe('layers against PyTorch', () => {
  const fixture = recorded('nn/layers.safetensors');

  test.each(Object.keys(layers))('%s: fresh parameters, output and gradients', (name) => {
    const expected = (key: string) => fixture[`${name}.${key}`];
    torch.manualSeed(7);
    const layer = layers[name]();
    const input = expected('input').clone();
    input.requiresGrad = input.isFloatingPoint();
    const recordedNames = Object.keys(fixture)
      .filter((key) => key.startsWith(`${name}.`) && !/\.(input|output|grad)$/.test(key))
      .map((key) => key.slice(name.length + 1));
    expect(
      layer
        .namedParameters()
        .map(([key]) => key)
        .sort(),
    ).toEqual(recordedNames.sort());
    for (const [key, parameter] of layer.namedParameters()) {
      expect(parameter.requiresGrad).toBe(true);
      expect(maxDifference(parameter.detach(), expected(key))).toBe(0);
    }
    const output = layer.forward(input);
    expect(maxDifference(output.detach(), expected('output'))).toBeLessThanOrEqual(1e-6);
    const probe = torch.linspace(-1, 1, output.numel()).reshape([...output.shape]);
    output.mul(probe).sum().backward();
    if (input.requiresGrad)
      expect(maxDifference(input.grad!, expected('input.grad'))).toBeLessThanOrEqual(2e-6);
    for (const [key, parameter] of layer.namedParameters()) {
      expect(maxDifference(parameter.grad!, expected(`${key}.grad`))).toBeLessThanOrEqual(5e-6);
    }
  });

  test('dropout is the identity in eval mode', () => {
    const layer = new nn.Dropout(0.9).eval();
    const input = torch.ones([4]);
    expect(layer.forward(input).toArray()).toEqual([1, 1, 1, 1]);
  });

  test('losses equal the functions of the same name', () => {
    const logits = torch.tensor([
      [2, 0, 1],
      [0, 3, 0],
    ]);
    const target = torch.tensor([0n, 2n]);
    const byHand = [2, 0].map((_, i) => {
      const row = [
        [2, 0, 1],
        [0, 3, 0],
      ][i];
      return Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - row[[0, 2][i]];
    });
    expect(new nn.CrossEntropyLoss().forward(logits, target).item()).toBeCloseTo(
      (byHand[0] + byHand[1]) / 2,
      5,
    );
    expect(new nn.CrossEntropyLoss({ ignoreIndex: 2 }).forward(logits, target).item()).toBeCloseTo(
      byHand[0],
      5,
    );
    const none = new nn.CrossEntropyLoss({ reduction: 'none' }).forward(logits, target).toArray() as number[];
    expect(none[1]).toBeCloseTo(byHand[1], 5);
    expect(new nn.MSELoss().forward(torch.tensor([1, 4]), torch.tensor([2, 2])).item()).toBe(2.5);
    expect(
      new nn.L1Loss({ reduction: 'sum' }).forward(torch.tensor([1, 4]), torch.tensor([2, 2])).item(),
    ).toBe(3);
  });

  test('positional and misspelt options are refused instead of passed over', () => {
    expect(() => new nn.Linear(3, 2, false as never)).toThrow(/Linear: .*\(bias, dtype, device\), got false/);
    expect(() => new nn.Conv1d(2, 4, 3, 2 as never)).toThrow(/Conv1d: .*stride.* got 2/);
    expect(() => new nn.LayerNorm(4, 1e-6 as never)).toThrow(/LayerNorm: .*eps/);
    expect(() => new nn.RMSNorm(4, 1e-6 as never)).toThrow(/RMSNorm: .*eps/);
    expect(() => new nn.GELU('tanh' as never)).toThrow(/GELU: .*approximate.*'tanh'/);
    expect(() => new nn.Embedding(4, 2, { padding_idx: 1 } as never)).toThrow(
      /no argument named 'padding_idx'/,
    );
  });

  test('wrong construction names the argument', () => {
    expect(() => new nn.Conv2d(3, 4, 3, { groups: 2 })).toThrow(/groups 2 must divide inChannels 3/);
    expect(() => new nn.Conv1d(3, 4, [3, 3])).toThrow(/kernelSize \[3,3\]/);
    expect(() => new nn.Dropout(1.5)).toThrow(/1.5/);
    expect(() => new nn.Embedding(4, 2, { paddingIdx: 4 })).toThrow(/paddingIdx 4/);
  });
});
