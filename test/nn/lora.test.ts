/** LoRA and DoRA against recorded results of peft. */
import {
  Embedding,
  functional as F,
  Linear,
  LoraAdapter,
  type LoraOptions,
  Module,
  ModuleList,
} from '../../lib/nn/index.js';
import { noGrad, type Tensor, torch } from '../../lib/tensor/index.js';
import { maxDifference, recorded } from './fixtures.js';

class Layer extends Module {
  readonly q_proj = new Linear(6, 10);
  readonly down_proj = new Linear(10, 6, { bias: false });

  forward(x: Tensor): Tensor {
    return x.add(this.down_proj.forward(F.silu(this.q_proj.forward(x))));
  }
}

class Inner extends Module {
  readonly layers = new ModuleList([new Layer(), new Layer()]);

  forward(x: Tensor): Tensor {
    return [...this.layers].reduce((value, layer) => layer.forward(value), x);
  }
}

class Stack extends Module {
  readonly model = new Inner();

  forward(x: Tensor): Tensor {
    return this.model.forward(x);
  }
}

const targetModules = ['q_proj', 'down_proj'];
const variants: Record<string, LoraOptions> = {
  plain: { r: 4, alpha: 8, targetModules },
  rslora: { r: 4, alpha: 8, rslora: true, targetModules },
  dora: { r: 4, alpha: 8, dora: true, targetModules },
  patterns: {
    r: 4,
    alpha: 8,
    rankPattern: { 'layers.0.q_proj': 2 },
    alphaPattern: { down_proj: 3 },
    targetModules,
  },
  layers: { r: 4, alpha: 8, layersToTransform: [1], targetModules },
  expression: { r: 4, alpha: 8, targetModules: /.*\.0\.(q|down)_proj/ },
};
const prefix = 'base_model.model.';

function open(variant: string) {
  const record = (part: string) => recorded('nn/lora.safetensors', `${variant}/${part}`);
  const stack = new Stack();
  stack.loadStateDict(record('base/'));
  const base = Object.fromEntries(Object.entries(stack.stateDict()).map(([k, v]) => [k, v.clone()]));
  const adapter = new LoraAdapter(stack, variants[variant]);
  adapter.loadStateDict(record(`adapter/${prefix}`));
  return { stack, base, adapter, record, all: record('') };
}

const sameBits = (a: Tensor, b: Tensor) => expect(torch.equal(a, b)).toBe(true);

test.each(Object.keys(variants))('%s: keys, output and gradients are those of peft', (variant) => {
  const { stack, base, adapter, record, all } = open(variant);
  const output = stack.forward(all.input);
  expect(maxDifference(output, all.output)).toBeLessThan(1e-5);
  output.square().sum().backward();
  const grads = record(`grad/${prefix}`);
  expect(
    adapter
      .namedParameters()
      .map(([name]) => name)
      .sort(),
  ).toEqual(Object.keys(grads).sort());
  for (const [name, tensor] of adapter.namedParameters()) {
    const scale = grads[name].abs().max().item() as number;
    expect(maxDifference(tensor.grad!, grads[name])).toBeLessThan(1e-5 * Math.max(1, scale));
  }
  for (const [name, tensor] of stack.namedParameters()) {
    expect(tensor.grad).toBeNull();
    sameBits(tensor, base[name]);
  }
});

test.each(Object.keys(variants))('%s: the merged model gives the output of peft', (variant) => {
  const { stack, adapter, all } = open(variant);
  adapter.merge();
  expect(maxDifference(stack.forward(all.input), all.merged)).toBeLessThan(1e-5);
  expect(adapter.parameters()).toEqual([]);
});

test('without the adapter the model is the base model, also after an error', () => {
  const { stack, adapter, base, all } = open('dora');
  const plain = new Stack();
  plain.loadStateDict(base);
  sameBits(
    adapter.without(() => stack.forward(all.input)),
    plain.forward(all.input),
  );
  const fail = () => {
    throw new Error('stop');
  };
  expect(() => adapter.without(fail)).toThrow('stop');
  expect(maxDifference(stack.forward(all.input), all.output)).toBeLessThan(1e-5);
});

test('dropout: the same seed gives the same bits, another seed others; none in eval', () => {
  const stack = new Stack();
  const adapter = new LoraAdapter(stack, { targetModules, dropout: 0.5 });
  noGrad(() => {
    for (const tensor of adapter.parameters()) tensor.fill_(0.1);
  });
  const input = torch.ones([5, 6]);
  const pass = (seed: number) => {
    torch.manualSeed(seed);
    return stack.forward(input);
  };
  sameBits(pass(1), pass(1));
  expect(torch.equal(pass(1), pass(2))).toBe(false);
  adapter.eval();
  sameBits(pass(1), pass(2));
});

test('a target that is missing, or no linear layer, or adapted already is named', () => {
  const stack = new Stack();
  expect(() => new LoraAdapter(stack, { targetModules: ['x_proj'] })).toThrow(
    "matches no module of the model; did you mean 'q_proj'?",
  );
  expect(() => new LoraAdapter(stack, { targetModules: ['layers'] })).toThrow('model.layers, a ModuleList');
  new LoraAdapter(stack, { targetModules });
  expect(() => new LoraAdapter(stack, { targetModules })).toThrow('q_proj has an adapter already');
});

test('an index of a layer that the model lacks is named', () => {
  const options = { targetModules, layersToTransform: [1, 2] };
  expect(() => new LoraAdapter(new Stack(), options)).toThrow(
    'layersToTransform has 2: no layer of that index',
  );
});

/** One layer with an adapter, whose weights are all random. */
function single(options: Partial<LoraOptions>, make = () => new Linear(6, 4)) {
  class One extends Module {
    readonly layer = make();

    forward(input: Tensor): Tensor {
      return this.layer.forward(input);
    }
  }
  torch.manualSeed(3);
  const model = new One();
  const adapter = new LoraAdapter(model, { targetModules: ['layer'], r: 2, alpha: 3, ...options });
  noGrad(() => {
    for (const tensor of adapter.parameters()) tensor.add_(torch.randn(tensor.shape).mul(0.3));
  });
  const parts = Object.fromEntries(
    adapter.namedParameters().map(([name, tensor]) => [name, tensor.detach()]),
  );
  return { model, adapter, a: parts['layer.lora_A.weight'], b: parts['layer.lora_B.weight'], parts };
}

test('dropout zeroes elements of what the update takes, and of what DoRA scales; the rest is divided by 1 - p', () => {
  const x = torch.randn([5, 6]);
  for (const dora of [false, true]) {
    const { model, a, b, parts } = single({ dropout: 0.25, dora });
    const { weight, bias } = model.layer;
    torch.manualSeed(9);
    const output = model.forward(x).detach();
    torch.manualSeed(9);
    const dropped = F.dropout(x, 0.25, true);
    const kept = dropped.ne(0);
    expect(maxDifference(dropped, torch.where(kept, x.div(0.75), torch.zeros([])))).toBeLessThan(1e-6);
    expect(kept.sum().item()).toBeLessThan(30);
    const update = dropped.matmul(a.t()).matmul(b.t()).mul(1.5);
    let expected = x.matmul(weight.t()).add(bias!);
    if (dora) {
      const norms = weight.add(b.matmul(a).mul(1.5)).square().sum([1]).sqrt();
      const factor = parts['layer.lora_magnitude_vector'].div(norms);
      expected = expected.add(dropped.matmul(weight.t()).mul(factor.sub(1))).add(update.mul(factor));
    } else expected = expected.add(update);
    expect(maxDifference(output, expected.detach())).toBeLessThan(1e-5);
  }
});

test('starts: nothing changes at first, with A uniform or normal; without a start the update is random', () => {
  const x = torch.randn([5, 400]);
  const start = (initLoraWeights?: boolean | 'gaussian', dora = false) => {
    torch.manualSeed(3);
    const model = new Linear(400, 30);
    class Root extends Module {
      readonly layer = model;
      forward(): void {}
    }
    const adapter = new LoraAdapter(new Root(), { targetModules: ['layer'], r: 5, dora, initLoraWeights });
    const [[, a]] = adapter.namedParameters();
    const isSame =
      maxDifference(
        model.forward(x),
        adapter.without(() => model.forward(x)),
      ) < 1e-6;
    return { isSame, deviation: a.std().item() as number, largest: a.abs().max().item() as number };
  };
  // Kaiming with a = sqrt(5): uniform within 1 / sqrt(400).
  const plain = start();
  expect(plain.isSame).toBe(true);
  expect(plain.largest).toBeLessThanOrEqual(0.05);
  expect(plain.deviation).toBeCloseTo(0.05 / Math.sqrt(3), 2);
  const normal = start('gaussian');
  expect(normal.isSame).toBe(true);
  expect(normal.deviation).toBeCloseTo(1 / 5, 1);
  expect(normal.largest).toBeGreaterThan(0.4);
  expect(start(false).isSame).toBe(false);
  expect(start(true, true).isSame).toBe(true);
});

test('the update of an embedding starts at zero, and gives no gradient to the padding row', () => {
  class Table extends Module {
    readonly table = new Embedding(7, 3, { paddingIdx: 2 });
    forward(): void {}
  }
  const root = new Table();
  const { table } = root;
  const adapter = new LoraAdapter(root, { targetModules: ['table'], r: 2, dora: true });
  const ids = torch.tensor([1, 2, 5], { dtype: 'int64' });
  const { 'table.lora_embedding_A': a, 'table.lora_embedding_B': b } = Object.fromEntries(
    adapter.namedParameters(),
  );
  expect([a.shape, b.shape]).toEqual([
    [2, 7],
    [3, 2],
  ]);
  expect(a.abs().max().item()).toBe(0);
  expect(
    maxDifference(
      table.forward(ids).detach(),
      adapter.without(() => table.forward(ids)),
    ),
  ).toBeLessThan(1e-6);
  noGrad(() => a.normal_());
  table.forward(ids).sum().backward();
  const columns = a.grad!.abs().sum([0]).toArray() as number[];
  expect(columns.map((sum) => sum > 0)).toEqual([false, true, false, false, false, true, false]);
});

test('bfloat16: the adapter is float32, and its update is added before the result is rounded', () => {
  const { model, a, b } = single({}, () => new Linear(6, 4, { dtype: 'bfloat16' }));
  expect([a.dtype, b.dtype]).toEqual(['float32', 'float32']);
  const x = torch.randn([50, 6]).to('bfloat16');
  const { weight, bias } = model.layer;
  const base = F.linear(x, weight, bias);
  const update = F.linear(F.linear(x.to('float32'), a), b).mul(1.5);
  const output = model.forward(x);
  expect(output.dtype).toBe('bfloat16');
  sameBits(output.detach(), base.to('float32').add(update).to('bfloat16').detach());
});

test('computeDtype holds for the update, too; gradients and weights stay float32', () => {
  const { model, adapter } = single({ dora: true });
  const x = torch.randn([50, 6]);
  const exact = model.forward(x).detach();
  model.layer.computeDtype = 'bfloat16';
  const output = model.forward(x);
  expect(output.dtype).toBe('bfloat16');
  // A few roundings of bfloat16, 2^-9 of the largest number each.
  const step = (exact.abs().max().item() as number) / 512;
  expect(maxDifference(output.detach().to('float32'), exact)).toBeLessThan(8 * step);
  output.sum().backward();
  expect(adapter.parameters().map(({ grad }) => grad!.dtype)).toEqual(['float32', 'float32', 'float32']);
});

test.each([
  [{ r: 0 }, 'adapter: r: expected an integer >= 1, got 0'],
  [{ dropout: 1 }, 'adapter: dropout: expected a number from 0 to below 1'],
  [{ bias: 'some' }, 'adapter: bias: expected one of none, all, lora_only'],
  [{ initLoraWeights: 'pissa' }, 'adapter: initLoraWeights: expected a boolean, or one of gaussian'],
  [{ loraAlpha: 3 }, "adapter: no argument named 'loraAlpha'"],
  [{ rankPattern: { layer: 1.5 } }, "adapter: rankPattern['layer'] 1.5; expected an integer >= 1"],
  [{ layersPattern: ['layers'] }, 'adapter: layersPattern needs layersToTransform'],
  [{ targetModules: /layer/, layersToTransform: [0] }, 'layersToTransform needs a list as targetModules'],
  [
    { modulesToSave: ['laier'] },
    `modulesToSave ["laier"] matches no module of the model; did you mean 'layer'?`,
  ],
  [
    { excludeModules: ['laier'] },
    `excludeModules ["laier"] matches no module of the model; did you mean 'layer'?`,
  ],
  [{ rankPattern: { layer: 2, laier: 3 } }, "rankPattern['laier'] matches none of the target modules"],
  [{ alphaPattern: { '^ayer': 2 } }, "alphaPattern['^ayer'] matches none of the target modules"],
])('%j is refused', (options, problem) => {
  expect(() => single(options as Partial<LoraOptions>)).toThrow(problem);
});
