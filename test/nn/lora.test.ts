/** LoRA and DoRA against recorded results of peft. */
import {
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
