/**
 * AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with PyTorch's numerics.
 *
 *   p <- p (1 - lr wd);  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2
 *   p <- p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * libtorch's fused operator does one pass over the memory for all parameters of a device and dtype; where it
 * has no kernel the same formula is written out.
 */
import { kinds, listOf, noGrad, scope, type Tensor, torch } from '../../tensor/index.js';
import { Optimizer, type Params } from './optimizer.js';

export interface AdamWOptions {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
  /** Use libtorch's fused operator; by default wherever it has a kernel. */
  fused?: boolean;
}

interface Update {
  parameter: Tensor;
  grad: Tensor;
  step: Tensor;
  exp_avg: Tensor;
  exp_avg_sq: Tensor;
}

const optionKinds = {
  lr: kinds.notNegative,
  betas: listOf(kinds.fractionBelow1, 2),
  eps: kinds.notNegative,
  weightDecay: kinds.notNegative,
  fused: kinds.boolean,
};

export class AdamW extends Optimizer<AdamWOptions> {
  protected readonly stateKinds = { step: 'scalar', exp_avg: 'like', exp_avg_sq: 'like' } as const;

  constructor(params: Params<AdamWOptions>, options: Partial<AdamWOptions> = {}) {
    super(params, { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 1e-2 }, options, optionKinds);
  }

  step(): void {
    noGrad(() =>
      scope(() => {
        for (const group of this.paramGroups) {
          for (const updates of this.#updates(group.params)) {
            if (group.fused ?? hasFusedKernel(updates[0].parameter)) fusedStep(updates, group);
            else for (const update of updates) singleStep(update, group);
          }
        }
      }),
    );
  }

  /** Parameters with a gradient, in lists of one device and dtype. */
  #updates(parameters: Tensor[]): Update[][] {
    const lists = new Map<string, Update[]>();
    for (const parameter of parameters) {
      const grad = parameter.grad;
      if (grad === null) continue;
      const state = this.stateOf(parameter, () => ({
        step: torch.zeros([], { dtype: 'float32', device: parameter.device }),
        exp_avg: torch.zerosLike(parameter),
        exp_avg_sq: torch.zerosLike(parameter),
      })) as Pick<Update, 'step' | 'exp_avg' | 'exp_avg_sq'>;
      const kind = `${parameter.device} ${parameter.dtype}`;
      if (!lists.has(kind)) lists.set(kind, []);
      lists.get(kind)!.push({ parameter, grad, ...state });
    }
    return [...lists.values()];
  }
}

function hasFusedKernel(parameter: Tensor): boolean {
  return parameter.isFloatingPoint() && /^(cpu|cuda|mps)/.test(parameter.device);
}

function fusedStep(updates: Update[], { lr, betas, eps, weightDecay }: AdamWOptions): void {
  const steps = updates.map((update) => update.step);
  torch.ops.aten['_foreach_add_.Scalar'](steps, 1);
  torch.ops.aten['_fused_adamw_.default'](
    updates.map((update) => update.parameter),
    updates.map((update) => update.grad),
    updates.map((update) => update.exp_avg),
    updates.map((update) => update.exp_avg_sq),
    [],
    steps,
    { lr, beta1: betas[0], beta2: betas[1], weight_decay: weightDecay, eps, amsgrad: false, maximize: false },
  );
  // Other operators count an in-place change in the tensor's version, this one does not: writing no elements does.
  for (const { parameter } of updates) parameter.reshape([-1]).narrow(0, 0, 0).zero_();
}

function singleStep({ parameter, grad, step, exp_avg, exp_avg_sq }: Update, options: AdamWOptions): void {
  const [beta1, beta2] = options.betas;
  const t = step.add_(1).item();
  parameter.mul_(1 - options.lr * options.weightDecay);
  exp_avg.lerp_(grad, 1 - beta1);
  exp_avg_sq.mul_(beta2).addcmul_(grad, grad, { value: 1 - beta2 });
  const denominator = exp_avg_sq
    .sqrt()
    .div_(Math.sqrt(1 - beta2 ** t))
    .add_(options.eps);
  parameter.addcdiv_(exp_avg, denominator, { value: -options.lr / (1 - beta1 ** t) });
}
