import { readFileSync } from 'node:fs';
import * as nn from '../../lib/nn/index.js';
import { optim } from '../../lib/nn/index.js';
import { memoryStats, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { fixturePath, maxDifference, recorded } from './fixtures.js';

function buildNet(): nn.Sequential {
  return new nn.Sequential(new nn.Linear(6, 16), new nn.GELU(), new nn.LayerNorm(16), new nn.Linear(16, 4));
}

function twoGroups(net: nn.Module) {
  const parameters = net.parameters();
  return [
    { params: parameters.filter((tensor) => tensor.dim() > 1), weightDecay: 0.1 },
    { params: parameters.filter((tensor) => tensor.dim() === 1), lr: 2e-2, weightDecay: 0 },
  ];
}

const cosine = optim.cosine({ warmupSteps: 4, totalSteps: 20 });

interface Training {
  make: (net: nn.Module) => optim.AdamW | optim.SGD;
  clip?: number;
  schedule?: optim.Schedule;
}
const trainings: Record<string, Training> = {
  adamw: { make: (net) => new optim.AdamW(net.parameters(), { lr: 1e-2 }) },
  adamw_single: { make: (net) => new optim.AdamW(net.parameters(), { lr: 1e-2, fused: false }) },
  adamw_groups: {
    make: (net) => new optim.AdamW(twoGroups(net), { lr: 1e-2, betas: [0.8, 0.95], eps: 1e-6 }),
    clip: 0.5,
    schedule: cosine,
  },
  sgd: { make: (net) => new optim.SGD(net.parameters(), { lr: 0.05 }) },
  sgd_momentum: {
    make: (net) =>
      new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9, dampening: 0.1, weightDecay: 0.01 }),
  },
  sgd_nesterov: {
    make: (net) => new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9, nesterov: true }),
    clip: 1,
    schedule: cosine,
  },
};

describe('optimizers follow PyTorch for 20 steps', () => {
  const fixture = recorded('nn/trajectories.safetensors');
  const initial = recorded('nn/trajectories.safetensors', 'initial.');
  const curves = JSON.parse(readFileSync(fixturePath('nn', 'trajectories.json'), 'utf8'));

  test.each(Object.keys(trainings))('%s', (name) => {
    const { make, clip, schedule } = trainings[name];
    const net = buildNet();
    net.loadStateDict(initial);
    const optimizer = make(net);
    for (let step = 0; step < 20; step++) {
      const loss = scope(() => {
        if (schedule) optimizer.scaleLr(schedule(step));
        const logits = net.forward(fixture.inputs.select(0, step));
        const value = nn.functional.crossEntropy(logits, fixture.targets.select(0, step));
        value.backward();
        if (clip !== undefined) {
          const norm = optim.clipGradNorm(net.parameters(), clip).item() as number;
          expect(Math.abs(norm - curves[name].norms[step])).toBeLessThanOrEqual(1e-4);
        }
        optimizer.step();
        optimizer.zeroGrad();
        return value.item() as number;
      });
      expect(Math.abs(loss - curves[name].losses[step])).toBeLessThanOrEqual(1e-5);
      if ([1, 10, 20].includes(step + 1)) {
        for (const [key, parameter] of net.namedParameters()) {
          expect(
            maxDifference(parameter.detach(), fixture[`${name}.${step + 1}.${key}`]),
          ).toBeLessThanOrEqual(2e-5);
        }
      }
    }
  });

  test('the two forms of AdamW agree in bfloat16 and leave parameters without a gradient alone', () => {
    const [a, b] = [true, false].map((fused) => {
      const weight = nn.parameter(torch.linspace(-1, 1, 64).to('bfloat16'));
      const idle = nn.parameter(torch.ones([2]));
      const optimizer = new optim.AdamW([weight, idle], { lr: 0.1, fused });
      for (let step = 0; step < 3; step++) {
        optimizer.zeroGrad();
        weight.mul(weight).sum().backward();
        optimizer.step();
      }
      expect(idle.toArray()).toEqual([1, 1]);
      return weight.detach();
    });
    expect(maxDifference(a, b)).toBeLessThanOrEqual(2 ** -7);
  });
});

describe('Muon', () => {
  const fixture = recorded('nn/muon.safetensors');
  const shapes = ['tall', 'wide', 'square'];

  test.each<[string, Partial<optim.MuonOptions>]>([
    ['original', { lr: 0.02, weightDecay: 0.1 }],
    [
      'match_rms_adamw',
      { lr: 1e-2, weightDecay: 0, momentum: 0.9, nesterov: false, adjustLrFn: 'match_rms_adamw' },
    ],
  ])('follows PyTorch for 5 steps: %s', (name, options) => {
    const matrices = shapes.map((shape) => nn.parameter(fixture[`initial.${shape}`].clone()));
    const optimizer = new optim.Muon(matrices, options);
    for (let step = 0; step < 5; step++) {
      for (const [i, shape] of shapes.entries()) matrices[i].grad = fixture[`grads.${shape}`].select(0, step);
      optimizer.step();
    }
    for (const [i, shape] of shapes.entries()) {
      expect(maxDifference(matrices[i].detach(), fixture[`${name}.${shape}`])).toBeLessThanOrEqual(2e-5);
    }
  });

  test('matrices of one shape are updated as if each were alone', () => {
    const updated = (count: number) => {
      const matrices = Array.from({ length: count }, () => nn.parameter(fixture['initial.tall'].clone()));
      for (const [i, matrix] of matrices.entries()) matrix.grad = fixture['grads.tall'].select(0, i);
      new optim.Muon(matrices).step();
      return matrices[0].detach();
    };
    expect(maxDifference(updated(3), updated(1))).toBeLessThanOrEqual(1e-6);
  });

  test('a weight of more dimensions is the matrix of its first and its other dimensions', () => {
    const updated = (shape: number[]) => {
      const weight = nn.parameter(fixture['initial.tall'].reshape(shape).clone());
      weight.grad = fixture['grads.tall'].select(0, 0).reshape(shape);
      new optim.Muon([weight]).step();
      return weight.detach().reshape([12, 5]);
    };
    expect(maxDifference(updated([12, 5, 1, 1]), updated([12, 5]))).toBe(0);
  });

  test('takes no vectors', () => {
    expect(() => new optim.Muon([nn.parameter(torch.ones([3]))])).toThrow('two or more dimensions');
  });
});

describe('optimizer state', () => {
  const step = (optimizer: { zeroGrad(): void; step(): void }, parameter: Tensor) => {
    scope(() => {
      optimizer.zeroGrad();
      parameter.pow(3).sum().backward();
      optimizer.step();
    });
  };

  test.each([
    ['AdamW', (params: Tensor[]) => new optim.AdamW(params, { lr: 0.1 })],
    ['SGD', (params: Tensor[]) => new optim.SGD(params, { lr: 0.01, momentum: 0.9 })],
  ])('%s continues from a saved state as if it had never stopped', (_, make) => {
    const straight = nn.parameter(torch.tensor([1, -2, 3]));
    const a = make([straight]);
    step(a, straight);
    step(a, straight);
    const halted = nn.parameter(torch.tensor([1, -2, 3]));
    const b = make([halted]);
    step(b, halted);
    const resumed = nn.parameter(halted.detach().clone());
    const c = make([resumed]);
    const saved = b.stateDict();
    c.loadStateDict({ state: saved.state, paramGroups: JSON.parse(JSON.stringify(saved.paramGroups)) });
    step(b, halted);
    step(c, resumed);
    expect(resumed.detach().equal(straight.detach())).toBe(true);
    expect(halted.detach().equal(straight.detach())).toBe(true);
  });

  test('keys carry PyTorch names and can be stored as a flat state dict', () => {
    const parameter = nn.parameter(torch.ones([2]));
    const optimizer = new optim.AdamW([parameter]);
    expect(optimizer.stateDict().state).toEqual({});
    step(optimizer, parameter);
    const { state, paramGroups } = optimizer.stateDict();
    expect(Object.keys(state)).toEqual(['0.step', '0.exp_avg', '0.exp_avg_sq']);
    expect(state['0.step'].item()).toBe(1);
    expect(paramGroups).toEqual([
      { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 1e-2, initialLr: 1e-3, params: [0] },
    ]);
  });

  test('state of other parameters is refused', () => {
    const parameter = nn.parameter(torch.ones([2]));
    const optimizer = new optim.AdamW([parameter]);
    step(optimizer, parameter);
    const saved = optimizer.stateDict();
    const two = new optim.AdamW([nn.parameter(torch.ones([2])), nn.parameter(torch.ones([2]))]);
    expect(() => two.loadStateDict(saved)).toThrow(/groups of \[1\] parameters; this one has \[2\]/);
    const other = new optim.AdamW([nn.parameter(torch.ones([3]))]);
    expect(() => other.loadStateDict(saved)).toThrow(
      /0.exp_avg has shape \[2\], expected its parameter's, \[3\]/,
    );
    const unknown = { state: { '7.exp_avg': torch.ones([2]) }, paramGroups: saved.paramGroups };
    expect(() => optimizer.loadStateDict(unknown)).toThrow(/unknown key 7.exp_avg/);
  });

  test('state that is not whole, or not of its kind, is refused and changes nothing', () => {
    const parameter = nn.parameter(torch.ones([2]));
    const optimizer = new optim.AdamW([parameter]);
    step(optimizer, parameter);
    const { state, paramGroups } = optimizer.stateDict();
    const [group] = paramGroups;
    const wrong: [object, RegExp][] = [
      [
        { state: { ...state, '0.exp_avg': torch.ones([1]) } },
        /0.exp_avg has shape \[1\], expected its parameter's, \[2\]/,
      ],
      [{ state: { ...state, '0.step': torch.ones([2]) } }, /0.step has shape \[2\], expected one number/],
      [{ state: { ...state, '0.momentum_buffer': torch.ones([2]) } }, /unknown key 0.momentum_buffer/],
      [{ state: { ...state, '.exp_avg': torch.ones([2]) } }, /unknown key .exp_avg/],
      [{ state: { '0.step': state['0.step'] } }, /lacks 0.exp_avg/],
      [{ paramGroups: [{ ...group, lr: null }] }, /paramGroups\[0\]: lr: expected a number >= 0, got null/],
      [
        { paramGroups: [{ ...group, betas: [0.9] }] },
        /betas: expected 2 values, each a number from 0 to below 1/,
      ],
      [{ paramGroups: [{ ...group, params: 1 }] }, /params: expected a list, got 1/],
      [{ paramGroups: [{ ...group, constructor: 1 }] }, /no argument named 'constructor'/],
      [{ paramGroups: {} }, /paramGroups: expected a list/],
    ];
    for (const [change, message] of wrong)
      expect(() => optimizer.loadStateDict({ state, paramGroups, ...change } as never)).toThrow(message);
    expect(optimizer.stateDict().state['0.step'].item()).toBe(1);
    expect(optimizer.paramGroups[0].lr).toBe(group.lr);
  });

  test('state takes the dtypes of the optimizer that loads it', () => {
    const parameter = nn.parameter(torch.ones([2]));
    const optimizer = new optim.AdamW([parameter]);
    step(optimizer, parameter);
    const { state, paramGroups } = optimizer.stateDict();
    const half = nn.parameter(torch.ones([2], { dtype: 'bfloat16' }));
    const other = new optim.AdamW([half]);
    other.loadStateDict({ state, paramGroups });
    const loaded = other.stateDict().state;
    expect(Object.values(loaded).map(({ dtype }) => dtype)).toEqual(['float32', 'bfloat16', 'bfloat16']);
  });

  test('a thousand steps in scopes leave no tensor behind', () => {
    const parameter = nn.parameter(torch.ones([4]));
    const optimizers = [
      new optim.AdamW([parameter]),
      new optim.AdamW([parameter], { fused: false }),
      new optim.SGD([parameter], { momentum: 0.9 }),
    ];
    const round = () => {
      for (const optimizer of optimizers) step(optimizer, parameter);
      scope(() => optim.clipGradNorm([parameter], 1).item());
    };
    round();
    const { liveTensors } = memoryStats();
    for (let i = 0; i < 1000; i++) round();
    expect(memoryStats().liveTensors).toBe(liveTensors);
    for (const optimizer of optimizers) optimizer.dispose();
    expect(memoryStats().liveTensors).toBe(liveTensors - 7); // step, exp_avg, exp_avg_sq twice; one momentum_buffer
  });

  test('construction is checked', () => {
    const parameter = nn.parameter(torch.ones([1]));
    expect(() => new optim.AdamW([])).toThrow(/at least one parameter/);
    expect(() => new optim.AdamW([parameter, parameter])).toThrow(/twice/);
    expect(() => new optim.SGD([parameter], { nesterov: true })).toThrow(/nesterov needs momentum/);
  });
});

test('clipGradNorm leaves small gradients as they are and reports the joint norm', () => {
  const [a, b] = [nn.parameter(torch.zeros([2])), nn.parameter(torch.zeros([1]))];
  a.grad = torch.tensor([3, 0]);
  b.grad = torch.tensor([4]);
  expect(optim.clipGradNorm([a, b], 10).item()).toBeCloseTo(5, 6);
  expect(a.grad!.toArray()).toEqual([3, 0]);
  expect(optim.clipGradNorm([a, b], 1).item()).toBeCloseTo(5, 6);
  expect(b.grad!.item()).toBeCloseTo(0.8, 5);
  expect(optim.clipGradNorm([nn.parameter(torch.ones([1]))], 1).item()).toBe(0);
});

test('options that an optimizer does not have are refused', () => {
  const parameters = buildNet().parameters();
  expect(() => new optim.AdamW(parameters, { weight_decay: 0.1 } as never)).toThrow(
    /AdamW: no argument named 'weight_decay'; expected lr, betas, eps, weightDecay, fused/,
  );
  expect(() => new optim.SGD([{ params: parameters, learningRate: 1 } as never])).toThrow(
    /SGD: params\[0\]: no argument named 'learningRate'/,
  );
});

describe('schedules equal those of transformers', () => {
  const expected = JSON.parse(readFileSync(fixturePath('nn', 'schedules.json'), 'utf8')) as Record<
    string,
    number[]
  >;
  const schedules: Record<string, optim.Schedule> = {
    constant: optim.constant({ warmupSteps: 5 }),
    linear: optim.linear({ warmupSteps: 5, totalSteps: 20 }),
    linearNoWarmup: optim.linear({ totalSteps: 20 }),
    cosine: optim.cosine({ warmupSteps: 5, totalSteps: 20 }),
    cosineTwoWaves: optim.cosine({ warmupSteps: 3, totalSteps: 24, cycles: 2 }),
    cosineMin: optim.cosine({ warmupSteps: 5, totalSteps: 20, minFactor: 0.1 }),
  };
  test.each(Object.keys(expected))('%s', (name) => {
    for (const [step, factor] of expected[name].entries())
      expect(schedules[name](step)).toBeCloseTo(factor, 10);
  });
});
