/**
 * Muon: momentum whose matrix is orthogonalised before it is applied (Jordan et al., 2024), with PyTorch's options.
 *
 *   m <- mu m + (1 - mu) g;  u = (1 - mu) g + mu m with Nesterov, else m
 *   p <- p (1 - lr wd) - lr s O,  O = NS(u), an approximation of U V^T of u's singular value decomposition
 *   s = sqrt(max(1, rows / columns)), or 0.2 sqrt(max(rows, columns)) for 'match_rms_adamw' (Liu et al., 2025)
 *
 * For the matrices of hidden layers; embeddings, the output head, biases and norms need another optimizer. A weight of
 * more than two dimensions (of a convolution) is the matrix [first, the others]; PyTorch takes matrices only.
 * Newton-Schulz iterations run in float32 (PyTorch rounds to bfloat16), weights of one shape together.
 */
import { kinds, listOf, noGrad, oneOf, scope, type Tensor, torch } from '../../tensor/index.js';
import { Optimizer, type ParamGroup, type Params } from './optimizer.js';

export interface MuonOptions {
  lr: number;
  weightDecay: number;
  momentum: number;
  nesterov: boolean;
  /** Coefficients a, b, c of x <- a x + (b (x x^T) + c (x x^T)^2) x. */
  nsCoefficients: readonly [number, number, number];
  eps: number;
  nsSteps: number;
  adjustLrFn: 'original' | 'match_rms_adamw';
}

const optionKinds = {
  lr: kinds.notNegative,
  weightDecay: kinds.notNegative,
  momentum: kinds.fraction,
  nesterov: kinds.boolean,
  nsCoefficients: listOf(kinds.number, 3),
  eps: kinds.notNegative,
  nsSteps: kinds.countFrom1,
  adjustLrFn: oneOf('original', 'match_rms_adamw'),
};

export class Muon extends Optimizer<MuonOptions> {
  protected readonly stateKinds = { momentum_buffer: 'like' } as const;

  constructor(params: Params<MuonOptions>, options: Partial<MuonOptions> = {}) {
    super(
      params,
      {
        lr: 1e-3,
        weightDecay: 0.1,
        momentum: 0.95,
        nesterov: true,
        nsCoefficients: [3.4445, -4.775, 2.0315],
        eps: 1e-7,
        nsSteps: 5,
        adjustLrFn: 'original',
      },
      options,
      optionKinds,
    );
    for (const { params: tensors } of this.paramGroups) {
      const other = tensors.find((tensor) => tensor.dim() < 2);
      if (other !== undefined) {
        throw new RangeError(
          `Muon: expected weights of two or more dimensions, got a parameter of shape [${other.shape}]`,
        );
      }
    }
  }

  step(): void {
    noGrad(() => {
      for (const group of this.paramGroups) {
        for (const parameters of byShape(group.params)) scope(() => this.#update(parameters, group));
      }
    });
  }

  #update(parameters: Tensor[], group: ParamGroup<MuonOptions>): void {
    const { lr, weightDecay, momentum, nesterov } = group;
    const directions = parameters.map((parameter) => {
      const grad = parameter.grad as Tensor;
      const { momentum_buffer: buffer } = this.stateOf(parameter, () => ({
        momentum_buffer: torch.zerosLike(parameter),
      }));
      buffer.lerp_(grad, 1 - momentum);
      return nesterov ? grad.lerp(buffer, momentum) : buffer;
    });
    const matrices = torch.stack(directions).flatten(2);
    const updates = orthogonalised(matrices, group).unbind();
    const [, rows, columns] = matrices.shape;
    const scale =
      group.adjustLrFn === 'original'
        ? Math.sqrt(Math.max(1, rows / columns))
        : 0.2 * Math.sqrt(Math.max(rows, columns));
    for (const [i, parameter] of parameters.entries()) {
      parameter.mul_(1 - lr * weightDecay).add_(updates[i].reshape(parameter.shape), { alpha: -lr * scale });
    }
  }
}

/** Parameters with a gradient, in lists of one shape, dtype and device. */
function byShape(parameters: readonly Tensor[]): Tensor[][] {
  const lists = new Map<string, Tensor[]>();
  for (const parameter of parameters) {
    if (parameter.grad === null) continue;
    const kind = `${parameter.shape} ${parameter.dtype} ${parameter.device}`;
    const list = lists.get(kind);
    if (list === undefined) lists.set(kind, [parameter]);
    else list.push(parameter);
  }
  return [...lists.values()];
}

/** [n, rows, columns] -> matrices with the same singular vectors and singular values near 1 */
function orthogonalised(matrices: Tensor, { nsCoefficients, nsSteps, eps }: MuonOptions): Tensor {
  const [a, b, c] = nsCoefficients;
  const [, rows, columns] = matrices.shape;
  const tall = rows > columns;
  let x = (tall ? matrices.transpose(1, 2) : matrices).to('float32');
  x = x.div(torch.linalg.vectorNorm(x, 2, [1, 2], true).clamp({ min: eps }));
  for (let i = 0; i < nsSteps; i += 1) {
    const gram = x.bmm(x.transpose(1, 2));
    const polynomial = torch.baddbmm(gram, gram, gram, { beta: b, alpha: c });
    x = torch.baddbmm(x, polynomial, x, { beta: a });
  }
  return tall ? x.transpose(1, 2) : x;
}
