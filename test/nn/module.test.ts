import * as nn from '../../lib/nn/index.js';
import { memoryStats, scope, type Tensor, torch } from '../../lib/tensor/index.js';

class Block extends nn.Module {
  readonly first = new nn.Linear(2, 3);
  readonly norms = [new nn.LayerNorm(3), new nn.RMSNorm(3)];
  readonly mean = nn.buffer(torch.zeros([3]));
  readonly cache = nn.buffer(torch.zeros([1]), { persistent: false });
  readonly scale = nn.parameter(torch.ones([1]));
  readonly plain = torch.zeros([9]);

  forward(input: Tensor): Tensor {
    return this.norms[0].forward(this.first.forward(input)).mul(this.scale);
  }
}

class Net extends nn.Module {
  readonly embed = new nn.Embedding(4, 2);
  readonly blocks = new nn.ModuleList([new Block(), new Block()]);
  readonly heads = new nn.ModuleDict({
    left: new nn.Linear(3, 1),
    right: new nn.Linear(3, 1, { bias: false }),
  });
  readonly tail = new nn.Sequential(new nn.Linear(3, 3), new nn.ReLU(), new nn.Dropout(0.5));
  readonly tied = this.embed;

  forward(ids: Tensor): Tensor {
    let hidden = this.embed.forward(ids);
    hidden = this.blocks.at(0)!.forward(hidden);
    return this.heads.get('left')!.forward(this.tail.forward(hidden));
  }
}

const blockKeys = (prefix: string) => [
  `${prefix}.mean`,
  `${prefix}.scale`,
  `${prefix}.first.weight`,
  `${prefix}.first.bias`,
  `${prefix}.norms.0.weight`,
  `${prefix}.norms.0.bias`,
  `${prefix}.norms.1.weight`,
];

describe('modules', () => {
  test('state dict keys are property paths, own state before that of children', () => {
    expect(Object.keys(new Net().stateDict())).toEqual([
      'embed.weight',
      ...blockKeys('blocks.0'),
      ...blockKeys('blocks.1'),
      'heads.left.weight',
      'heads.left.bias',
      'heads.right.weight',
      'tail.0.weight',
      'tail.0.bias',
      'tied.weight',
    ]);
  });

  test('a shared parameter is listed once, buffers apart, plain tensors never', () => {
    const net = new Net();
    const names = net.namedParameters().map(([name]) => name);
    expect(names).toContain('embed.weight');
    expect(names).not.toContain('tied.weight');
    expect(net.parameters().length).toBe(names.length);
    expect(net.namedBuffers().map(([name]) => name)).toEqual(
      ['blocks.0', 'blocks.1'].flatMap((block) => [`${block}.mean`, `${block}.cache`]),
    );
    expect(net.modules().length).toBe(new Set(net.modules()).size);
    expect(net.namedModules()[0]).toEqual(['', net]);
  });

  test('train and eval reach every module', () => {
    const net = new Net();
    expect(net.eval()).toBe(net);
    expect(net.modules().every((module) => !module.training)).toBe(true);
    net.train();
    expect(net.modules().every((module) => module.training)).toBe(true);
  });

  test('a state dict copies into another module, dtype converted', () => {
    const [a, b] = [new Block(), new Block()];
    const halved = Object.fromEntries(
      Object.entries(a.stateDict()).map(([key, value]) => [key, value.to('float64')]),
    );
    expect(b.loadStateDict(halved)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    for (const [key, value] of Object.entries(b.stateDict())) {
      expect(value.dtype).toBe('float32');
      expect(value.equal(a.stateDict()[key])).toBe(true);
    }
  });

  test('missing, unknown and misshapen tensors are named, and nothing is copied', () => {
    const layer = new nn.Linear(2, 3);
    const before = layer.weight.detach().clone();
    const wrong = { weight: torch.zeros([3, 2]), bais: torch.zeros([3]) };
    expect(() => layer.loadStateDict(wrong)).toThrow(
      'Linear.loadStateDict: missing keys: bias; unknown keys: bais',
    );
    expect(layer.weight.detach().equal(before)).toBe(true);
    const misshapen = { weight: torch.zeros([2, 3]), bias: torch.zeros([3]) };
    for (const strict of [true, false]) {
      expect(() => layer.loadStateDict(misshapen, { strict })).toThrow(
        'weight has shape [2,3], expected [3,2]',
      );
    }
    expect(layer.bias!.detach().eq(0).all().item()).toBe(false);
    expect(layer.loadStateDict(wrong, { strict: false })).toEqual({
      missingKeys: ['bias'],
      unexpectedKeys: ['bais'],
    });
    expect(layer.weight.sum().item()).toBe(0);
  });

  test('a state dict shares memory, and disposing it leaves the module whole', () => {
    const layer = new nn.Linear(2, 2);
    const state = layer.stateDict();
    state.weight.fill_(3);
    expect(layer.weight.sum().item()).toBe(12);
    for (const tensor of Object.values(state)) tensor.dispose();
    expect(layer.forward(torch.ones([1, 2])).shape).toEqual([1, 2]);
  });

  test('parameters outlive the scope that made them; their module can be freed', () => {
    const start = memoryStats().liveTensors;
    let kept: nn.Linear | undefined;
    scope(() => {
      kept = new nn.Linear(2, 3);
      kept
        .forward(torch.ones([1, 2]))
        .sum()
        .backward();
    });
    expect(kept!.weight.grad!.toArray()).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    kept!.zeroGrad();
    expect(kept!.weight.grad).toBeNull();
    kept!.dispose();
    expect(() => kept!.weight.shape).toThrow(/disposed/);
    expect(memoryStats().liveTensors).toBeLessThanOrEqual(start + 1);
  });

  test('to converts in place: the same Tensor objects, another dtype, integers untouched', () => {
    const block = new Block();
    const counter = nn.buffer(torch.tensor([1n]));
    Object.assign(block, { counter });
    const weight = block.first.weight;
    expect(block.to('bfloat16')).toBe(block);
    expect(block.first.weight).toBe(weight);
    expect(weight.dtype).toBe('bfloat16');
    expect(weight.requiresGrad).toBe(true);
    expect(block.cache.dtype).toBe('bfloat16');
    expect(counter.dtype).toBe('int64');
    const output = block.forward(torch.ones([1, 2], { dtype: 'bfloat16' }));
    output.sum().backward();
    expect(weight.grad!.dtype).toBe('bfloat16');
    block.to({ dtype: 'float32' });
    expect(weight.grad).toBeNull();
    expect(weight.dtype).toBe('float32');
  });

  test('new nn.Parameter marks a tensor as PyTorch does', () => {
    const data = torch.ones([2]);
    const made = new nn.Parameter(data);
    expect(made).toBe(data);
    expect(data.requiresGrad).toBe(true);
    expect(new nn.Parameter(torch.ones([1]), false).requiresGrad).toBe(false);
  });

  test('frozen parameters stay parameters', () => {
    const net = new Net().requiresGrad_(false);
    expect(net.parameters().length).toBeGreaterThan(0);
    expect(net.parameters().some((tensor) => tensor.requiresGrad)).toBe(false);
  });

  test('containers have no forward of their own', () => {
    expect(() => new nn.ModuleList().forward()).toThrow(/ModuleList/);
    expect([...new nn.ModuleList([new nn.ReLU()]).push(new nn.Tanh())].length).toBe(2);
  });
});
