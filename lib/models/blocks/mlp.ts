/** Feed-forward layers, under the parameter names of the published checkpoints. */
import { functional as F, Linear, Module } from '../../nn/index.js';
import type { Tensor } from '../../tensor/index.js';

type Activation = 'silu' | 'gelu' | 'gelu_tanh';

function activate(input: Tensor, activation: Activation): Tensor {
  if (activation === 'silu') return F.silu(input);
  return F.gelu(input, { approximate: activation === 'gelu' ? 'none' : 'tanh' });
}

/** down(act(gate(x)) * up(x)) (Shazeer, 2020). */
export class GatedMlp extends Module {
  readonly gate_proj: Linear;
  readonly up_proj: Linear;
  readonly down_proj: Linear;
  readonly activation: Activation;

  constructor(
    width: number,
    intermediate: number,
    { activation, bias }: { activation: Activation; bias: boolean },
  ) {
    super();
    this.gate_proj = new Linear(width, intermediate, { bias });
    this.up_proj = new Linear(width, intermediate, { bias });
    this.down_proj = new Linear(intermediate, width, { bias });
    this.activation = activation;
  }

  forward(input: Tensor): Tensor {
    return this.down_proj.forward(
      activate(this.gate_proj.forward(input), this.activation).mul(this.up_proj.forward(input)),
    );
  }
}

/** fc2(act(fc1(x))) with biases. */
export class PlainMlp extends Module {
  readonly linear_fc1: Linear;
  readonly linear_fc2: Linear;
  readonly activation: Activation;

  constructor(width: number, intermediate: number, activation: Activation) {
    super();
    this.linear_fc1 = new Linear(width, intermediate);
    this.linear_fc2 = new Linear(intermediate, width);
    this.activation = activation;
  }

  forward(input: Tensor): Tensor {
    return this.linear_fc2.forward(activate(this.linear_fc1.forward(input), this.activation));
  }
}
