/** Log-probabilities of chosen tokens from hidden states and the output head, without ever holding all logits. */

import { checkOptions, kinds, scope, type Tensor, torch } from '../tensor/index.js';

export interface LinearLogprobOptions {
  /** Row of `hidden` that item i is predicted from, int64 [N]; rows may repeat or be left out. Default: row i. */
  rows?: Tensor | null;
  /** Added to the logits before the temperature, [V], hidden's dtype or float32. */
  bias?: Tensor | null;
  /** Divides the logits. Default 1. */
  temperature?: number;
  /** Return the entropy of the whole distribution too. */
  entropy?: boolean;
  /** Items with this target are left out: 0 in every result, no gradient, no work. Default -100. */
  ignoreIndex?: number;
  /**
   * Backward adds the weight's gradient straight into `weight.grad`, with one rounding and without a buffer of the
   * weight's size; `weight` must be a leaf, and its hooks do not run. Default false: autograd gets the gradient.
   */
  accumulateGrad?: boolean;
  /**
   * Saves the distribution of every row with a target in bfloat16 until backward, 2 N V bytes, so that the gradient of
   * weight or bias does not compute the logits again: 3 products in place of 4. Its probabilities are rounded once more
   * (2^-9 of each; none above a half). Without such a gradient nothing is saved. A gradient of the entropy computes the
   * logits again. bfloat16 on the CPU only. Default false.
   */
  keepLogits?: boolean;
}

const optionKinds = {
  rows: kinds.passedOn,
  bias: kinds.passedOn,
  temperature: kinds.positive,
  entropy: kinds.boolean,
  ignoreIndex: kinds.integer,
  accumulateGrad: kinds.boolean,
  keepLogits: kinds.boolean,
};

/** All [N], float32 (float64 for float64 inputs), in nats. */
export interface LinearLogprobResult {
  /** log p(target). */
  logp: Tensor;
  /** Log-sum-exp of the scaled logits. */
  lse: Tensor;
  /** When asked for. */
  entropy?: Tensor;
}

/**
 * With z = (hidden[rows] weight^T + bias) / temperature and p = softmax(z): lse = log sum exp z, logp = z[target] - lse,
 * entropy = lse - sum p z. Differentiable in hidden, weight and bias through all three, twice too (the second derivative
 * holds all logits). A row with several targets is scored against the vocabulary once.
 *
 * Cost: 2 N V H operations forward, as many again when `hidden` needs a gradient (a frozen head is then not read in
 * backward unless the entropy has a gradient), and twice as many backward when `weight` needs one, or as many with
 * `keepLogits`.
 *
 * The maths follows Cut Cross-Entropy (arXiv 2411.09009) and online softmax (arXiv 1805.02867).
 *
 * @param hidden [T, H], float32, bfloat16, float16 or float64
 * @param weight [V, H], hidden's dtype and device
 * @param target int64 [N], 0..V-1 or `ignoreIndex`; N = T without `rows`
 * @throws TypeError for unknown options, TorchError for shapes, dtypes, tokens and rows that do not fit
 */
export function linearLogprob(
  hidden: Tensor,
  weight: Tensor,
  target: Tensor,
  options: LinearLogprobOptions = {},
): LinearLogprobResult {
  checkOptions('linearLogprob', options, optionKinds);
  const {
    rows = null,
    bias = null,
    temperature = 1,
    entropy = false,
    ignoreIndex = -100,
    accumulateGrad = false,
    keepLogits = false,
  } = options;
  return scope(() => {
    const [logp, lse, all] = torch.ops.earsight.linear_logprob(
      hidden,
      weight,
      target,
      rows,
      bias,
      temperature,
      entropy,
      ignoreIndex,
      accumulateGrad,
      keepLogits,
    ) as [Tensor, Tensor, Tensor];
    return entropy ? { logp, lse, entropy: all } : { logp, lse };
  });
}
