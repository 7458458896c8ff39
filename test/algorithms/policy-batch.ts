// A batch of four ragged completions in closed form, for which TRL 1.13 and verl gave the losses and gradients that the
// tests compare with.

import { type DType, type Tensor, torch } from '../../lib/tensor/index.js';

export const LENGTHS = [6, 4, 5, 2];

type Formula = (row: number, token: number) => number;

const logpAt: Formula = (i, t) => -(0.2 + 0.15 * ((2 * i + 3 * t) % 7));
const oldAt: Formula = (i, t) => logpAt(i, t) - 0.12 * (((3 * i + 5 * t) % 7) - 3);
const refAt: Formula = (i, t) => logpAt(i, t) + 0.1 * (((i + 2 * t) % 5) - 2);
const samplerAt: Formula = (i, t) => oldAt(i, t) - 0.06 * (((5 * i + 2 * t) % 5) - 2);

export const offsets = (lengths: number[]) => {
  const bounds = [0n];
  for (const length of lengths) bounds.push(bounds[bounds.length - 1] + BigInt(length));
  return torch.tensor(BigInt64Array.from(bounds));
};

/** The batch, or some of its rows. `entropy` is -logp. */
export function policyBatch(rows = [0, 1, 2, 3], dtype: DType = 'float64') {
  // The exact standardised rewards: (r - .375) / (std + 1e-4), std = sqrt(.6875 / 3).
  const std = Math.sqrt(0.6875 / 3);
  const advantages = rows.map((i) => ([1, 0, 0.5, 0][i] - 0.375) / (std + 1e-4));
  const packed = (formula: Formula): Tensor =>
    torch
      .tensor(
        Float64Array.from(rows.flatMap((i) => Array.from({ length: LENGTHS[i] }, (_, t) => formula(i, t)))),
      )
      .to(dtype)
      .detach();
  const logp = packed(logpAt);
  logp.requiresGrad = true;
  return {
    logp,
    oldLogp: packed(oldAt),
    refLogp: packed(refAt),
    samplerLogp: packed(samplerAt),
    entropy: packed((i, t) => -logpAt(i, t)),
    advantages: torch.tensor(Float64Array.from(advantages)).to(dtype),
    cuSeqlens: offsets(rows.map((i) => LENGTHS[i])),
  };
}
