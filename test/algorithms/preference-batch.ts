// Two pairs of completions in closed form, for which TRL 1.13 gave the losses that the tests compare with: rows 0 and 1
// of four are chosen, 2 and 3 rejected; completions start at token 2.

import { type DType, type Tensor, torch } from '../../lib/tensor/index.js';
import { offsets } from './policy-batch.js';

const [ROWS, TOKENS, VOCAB, START] = [4, 8, 5, 2];
const LENGTHS = [5, 4, 3, 6];
/** The pairs' order in the packed batch: chosen, rejected, chosen, rejected. */
const PACKED_ROWS = [0, 2, 1, 3];

function logits(formula: (b: number, t: number, v: number) => number, dtype: DType): Tensor {
  const values = Array.from({ length: ROWS * TOKENS * VOCAB }, (_, i) =>
    formula(Math.floor(i / (TOKENS * VOCAB)), Math.floor(i / VOCAB) % TOKENS, i % VOCAB),
  );
  return torch.tensor(Float64Array.from(values)).reshape([ROWS, TOKENS, VOCAB]).to(dtype).detach();
}

/** What each token of the packed completions has been predicted from, [total, VOCAB]. */
function predicting(scores: Tensor): Tensor {
  return torch.cat(
    PACKED_ROWS.map((b) => scores.select(0, b).narrow(0, START - 1, LENGTHS[b])),
    0,
  );
}

/** The tokens of the packed completions, int64 [total]. */
function targets(): Tensor {
  const ids = PACKED_ROWS.flatMap((b) =>
    Array.from({ length: LENGTHS[b] }, (_, i) => BigInt((3 * b + 2 * (START + i)) % VOCAB)),
  );
  return torch.tensor(BigInt64Array.from(ids));
}

function tokenLogps(scores: Tensor): Tensor {
  return predicting(scores).logSoftmax(-1).gather(-1, targets().unsqueeze(-1)).squeeze(-1);
}

export function preferenceBatch(dtype: DType = 'float64') {
  const policy = logits((b, t, v) => Math.sin(b + 2 * t + 3 * v), dtype);
  policy.requiresGrad = true;
  return {
    logits: policy,
    logp: tokenLogps(policy),
    refLogp: tokenLogps(logits((b, t, v) => 0.8 * Math.cos(2 * b + t + 0.5 * v), dtype)),
    targets: targets(),
    tokenLogits: predicting(policy).detach(),
    /** log sum_v p(v)^2 at each token. */
    collision: predicting(policy).logSoftmax(-1).mul(2).logsumexp([-1]).detach(),
    cuSeqlens: offsets(PACKED_ROWS.map((b) => LENGTHS[b])),
  };
}
