/** Stochastic gradient descent with momentum, with PyTorch's conventions (the first buffer is the gradient itself). */
import { kinds, noGrad, scope, type Tensor } from '../../tensor/index.js';
import { Optimizer, type ParamGroup, type Params } from './optimizer.js';

export interface SGDOptions {
  lr: number;
  momentum: number;
  dampening: number;
  /** L2 penalty, added to the gradient. */
  weightDecay: number;
  nesterov: boolean;
}

const optionKinds = {
  lr: kinds.notNegative,
  momentum: kinds.notNegative,
  dampening: kinds.number,
  weightDecay: kinds.notNegative,
  nesterov: kinds.boolean,
};

export class SGD extends Optimizer<SGDOptions> {
  protected readonly stateKinds = { momentum_buffer: 'like' } as const;

  constructor(params: Params<SGDOptions>, options: Partial<SGDOptions> = {}) {
    super(
      params,
      { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false },
      options,
      optionKinds,
    );
    for (const { nesterov, momentum, dampening } of this.paramGroups) {
      if (nesterov && (momentum <= 0 || dampening !== 0)) {
        throw new RangeError(`nesterov needs momentum > 0 and dampening 0, got ${momentum} and ${dampening}`);
      }
    }
  }

  step(): void {
    noGrad(() =>
      scope(() => {
        for (const group of this.paramGroups)
          for (const parameter of group.params) this.#update(parameter, group);
      }),
    );
  }

  #update(
    parameter: Tensor,
    { lr, momentum, dampening, weightDecay, nesterov }: ParamGroup<SGDOptions>,
  ): void {
    let grad = parameter.grad;
    if (grad === null) return;
    if (weightDecay !== 0) grad = grad.add(parameter, { alpha: weightDecay });
    if (momentum !== 0) {
      const first = !this.state.has(parameter);
      const { momentum_buffer: velocity } = this.stateOf(parameter, () => ({
        momentum_buffer: grad!.clone(),
      }));
      if (!first) velocity.mul_(momentum).add_(grad, { alpha: 1 - dampening });
      grad = nesterov ? grad.add(velocity, { alpha: momentum }) : velocity;
    }
    parameter.add_(grad, { alpha: -lr });
  }
}
