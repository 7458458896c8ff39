/** Samples the next tokens of a batch from their logits. */
import { allRequired, checkOptions, kinds, type OptionKind, type Tensor, torch } from '../tensor/index.js';

export interface SamplingOptions {
  /** 0 takes the likeliest token. */
  temperature: number;
  /** Keeps the smallest set of tokens whose probability reaches topP; 1 keeps all. */
  topP: number;
  /** Keeps the k likeliest tokens; 0 keeps all. */
  topK: number;
}

const topP: OptionKind = {
  expected: 'a number > 0 and <= 1',
  type: 'number',
  fits: (value) => typeof value === 'number' && value > 0 && value <= 1,
};
/** @internal */
export const samplingKinds = { temperature: kinds.notNegative, topP, topK: kinds.count };
const sampleKinds = allRequired(samplingKinds);

export interface SampledTokens {
  ids: number[];
  /** log p under the distribution that was sampled from (before topP and topK), nats. */
  logprobs: number[];
}

/** A model gave no distribution to choose a token from. */
export class SamplingError extends Error {
  override readonly name = 'SamplingError';
}

/**
 * @param logits [B, vocab]
 * @param uniforms B numbers in [0, 1): the draw is by inverse CDF, one number a token
 * @param rowName names a row in errors
 * @throws SamplingError where a row of logits holds NaN, +Infinity or nothing above -Infinity
 */
export function sampleTokens(
  logits: Tensor,
  uniforms: readonly number[],
  options: SamplingOptions,
  rowName = (row: number): string => `row ${row}`,
): SampledTokens {
  checkOptions('sampleTokens', options, sampleKinds);
  const { temperature, topP, topK } = options;
  const scaled = logits.to('float32').div(temperature === 0 ? 1 : temperature);
  const logprobs = scaled.logSoftmax(-1);
  const ids = temperature === 0 ? logprobs.argmax(-1) : draw(restrict(logprobs, topP, topK), uniforms);
  const chosen = logprobs.gather(-1, ids.unsqueeze(-1)).squeeze(-1);
  const result = { ids: ids.toArray() as number[], logprobs: chosen.toArray() as number[] };
  // Such a row has NaN at every token, so that the chosen one tells without another look at the logits.
  const bad = result.logprobs.findIndex(Number.isNaN);
  if (bad >= 0) throw badLogits(scaled.select(0, bad), rowName(bad));
  return result;
}

function badLogits(row: Tensor, name: string): SamplingError {
  const count = (test: Tensor): number => test.sum().item() as number;
  const [nan, infinite] = [count(row.isnan()), count(row.isposinf())];
  const found =
    nan + infinite > 0
      ? `${nan} NaN and ${infinite} +Infinity among ${row.numel()} logits`
      : `${row.numel()} logits of -Infinity`;
  return new SamplingError(
    `${name}: ${found} (divided by the temperature), expected numbers. Fix: the weights may have diverged: ` +
      'go back to an earlier checkpoint, or train with a lower learning rate; a temperature near 0 overflows: write 0',
  );
}

/** Probabilities with everything outside the k likeliest and the nucleus at zero; not normalised. */
function restrict(logprobs: Tensor, topP: number, topK: number): Tensor {
  let probabilities = logprobs.to('float64').exp();
  if (topK > 0 && topK < logprobs.size(-1)) {
    const [kept] = probabilities.topk(topK, -1);
    const smallest = kept.narrow(-1, topK - 1, 1);
    probabilities = probabilities.maskedFill(probabilities.lt(smallest), 0);
  }
  if (topP < 1) {
    const [sorted, order] = probabilities.sort(-1, true);
    // Of a token, what the likelier ones add up to: the first that reaches topP is still kept.
    const before = sorted.cumsum(-1).sub(sorted);
    const kept = sorted.maskedFill(before.ge(sorted.sum(-1, true).mul(topP)), 0);
    probabilities = torch.zerosLike(probabilities).scatter(-1, order, kept);
  }
  return probabilities;
}

function draw(probabilities: Tensor, uniforms: readonly number[]): Tensor {
  const cumulative = probabilities.cumsum(-1);
  const total = cumulative.narrow(-1, cumulative.size(-1) - 1, 1);
  const thresholds = torch
    .tensor(Float64Array.from(uniforms))
    .to(probabilities.device)
    .unsqueeze(-1)
    .mul(total);
  // The first token whose cumulative probability exceeds the threshold; rounding must not run off the end.
  return cumulative
    .le(thresholds)
    .sum(-1)
    .clamp(0, probabilities.size(-1) - 1);
}
