// Log-probabilities of chosen tokens from hidden states, in plain tensor operations: every logit of the chosen rows
// exists at once. What kernels.linearLogprob is compared with.
import { functional as F } from '../nn/index.js';
import { checkOptions, kinds, type Tensor } from '../tensor/index.js';

export interface TokenLogprobs {
  /** log p(target), fp32 [N]. */
  logp: Tensor;
  /** Entropy of the whole distribution in nats, fp32 [N], when asked for. */
  entropy?: Tensor;
}

/**
 * log softmax(hidden[rows] W^T / temperature) at the targets. Only the chosen rows meet the vocabulary, and a row
 * may be chosen many times: the last row of a shared prompt predicts the first token of every sample.
 * @param hidden [T, hiddenSize]
 * @param weight [vocab, hiddenSize]
 * @param target ids, int64 [N]
 * @param rows rows of `hidden`, int64 [N]
 */
export function tokenLogprobs(
  hidden: Tensor,
  weight: Tensor,
  target: Tensor,
  rows: Tensor,
  options: { temperature?: number; entropy?: boolean } = {},
): TokenLogprobs {
  checkOptions('tokenLogprobs', options, { temperature: kinds.positive, entropy: kinds.boolean });
  const { temperature = 1, entropy = false } = options;
  const logits = F.linear(hidden.indexSelect(0, rows), weight).to('float32').div(temperature);
  const all = logits.logSoftmax(-1);
  const logp = all.gather(-1, target.unsqueeze(-1)).squeeze(-1);
  return entropy ? { logp, entropy: all.exp().mul(all).sum(-1).neg() } : { logp };
}
