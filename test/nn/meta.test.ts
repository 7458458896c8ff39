/** Modules without weights: built on meta, filled from a state dict. */
import * as nn from '../../lib/nn/index.js';
import { memoryStats, scope, torch } from '../../lib/tensor/index.js';

const layers = (): nn.Sequential =>
  new nn.Sequential(
    new nn.Linear(3, 4),
    new nn.LayerNorm(4),
    new nn.RMSNorm(4),
    new nn.Conv1d(4, 2, 1),
    new nn.Embedding(5, 2, { paddingIdx: 0 }),
  );

describe('withFactory', () => {
  test('on meta nothing is allocated and nothing drawn', () => {
    const before = memoryStats().cpuBytes;
    torch.manualSeed(1);
    const module = nn.withFactory({ device: 'meta', dtype: 'bfloat16' }, layers);
    expect(memoryStats().cpuBytes).toBe(before);
    const next = torch.rand([3]).toArray();
    torch.manualSeed(1);
    expect(next).toEqual(torch.rand([3]).toArray());
    for (const tensor of module.parameters()) {
      expect([tensor.device, tensor.dtype, tensor.requiresGrad]).toEqual(['meta', 'bfloat16', true]);
    }
  });

  test('a layer with a device or dtype of its own keeps it, and what follows is built as before', () => {
    const own = nn.withFactory(
      { device: 'meta' },
      () => new nn.Linear(1, 1, { device: 'cpu', dtype: 'float64' }),
    );
    expect([own.weight.device, own.weight.dtype]).toEqual(['cpu', 'float64']);
    expect(() =>
      nn.withFactory({ device: 'meta' }, () => new nn.Linear(1, 1, { bais: true } as never)),
    ).toThrow(/bais/);
    expect(new nn.Linear(1, 1).weight.device).toBe('cpu');
  });
});

test('loadStateDict with assign takes the tensors themselves: a module on meta becomes a real one', () => {
  const source = layers();
  const module = nn.withFactory({ device: 'meta' }, layers);
  const [weight] = module.parameters();
  const frozen = module.parameters()[1];
  frozen.requiresGrad = false;
  const state = scope(() => {
    const halves = Object.entries(source.stateDict()).map(([name, tensor]) => [name, tensor.to('float16')]);
    const dict = Object.fromEntries(halves);
    module.loadStateDict(dict, { assign: true });
    return dict;
  });
  expect(module.parameters()[0]).toBe(weight);
  expect([weight.device, weight.dtype, weight.requiresGrad]).toEqual(['cpu', 'float16', true]);
  expect(frozen.requiresGrad).toBe(false);
  expect(weight.detach().equal(source.parameters()[0].detach().to('float16'))).toBe(true);
  state['0.weight'].fill_(2);
  expect(weight.detach().eq(2).all().item()).toBe(true);
});

test('a module moves to meta and back no further: its data is gone', () => {
  const module = layers();
  const [weight] = module.parameters();
  const before = memoryStats().liveTensors;
  scope(() => module.to('meta'));
  expect(memoryStats().liveTensors).toBe(before);
  expect([weight.device, weight.requiresGrad, weight.isLeaf]).toEqual(['meta', true, true]);
  expect(() => module.to('cpu')).toThrow(/meta tensor; no data/);
});
