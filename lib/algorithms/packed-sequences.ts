// Sums and means over the sequences of a packed batch: token values lie end to end, cuSeqlens holds the boundaries.
// No padding, so no padded token can reach a sum.

import { type Tensor, torch } from '../tensor/index.js';

export class PackedSequences {
  /** Number of sequences. */
  readonly count: number;
  /** int64 [total]: the sequence of each token. */
  readonly index: Tensor;

  /** @param cuSeqlens int64 [B + 1]: sequence b owns tokens cuSeqlens[b] to cuSeqlens[b + 1] of `total` */
  constructor(cuSeqlens: Tensor, total: number) {
    const last = cuSeqlens.index([-1]).item();
    if (last !== total)
      throw new RangeError(`cuSeqlens ends at ${last}, expected the ${total} tokens of logp`);
    this.count = cuSeqlens.numel() - 1;
    this.index = torch.arange(this.count, { device: cuSeqlens.device }).repeatInterleave(cuSeqlens.diff());
  }

  /** [total] -> [B]; 0 for an empty sequence. */
  sum(tokens: Tensor): Tensor {
    return torch
      .zeros([this.count], { dtype: tokens.dtype, device: tokens.device })
      .indexAdd(0, this.index, tokens);
  }

  /** [total] -> [B]: mean over the tokens where mask is 1; 0 where there is none. */
  mean(tokens: Tensor, mask: Tensor): Tensor {
    return this.sum(tokens.mul(mask)).div(this.sum(mask).clamp(1));
  }

  /** [B] -> [total]: every token gets its sequence's value. */
  expand(sequences: Tensor): Tensor {
    return sequences.indexSelect(0, this.index);
  }
}
