/** Samples the next tokens of a batch from their logits. */
import type { SamplingParams } from '../data/index.js';
import { allRequired, checkOptions, kinds, type OptionKind, type Tensor, torch } from '../tensor/index.js';

/** How a token is sampled from its distribution. */
export type SamplingOptions = Pick<
  SamplingParams,
  'temperature' | 'topP' | 'topK' | 'minP' | 'repetitionPenalty'
>;

const topP: OptionKind = {
  expected: 'a number > 0 and <= 1',
  type: 'number',
  fits: (value) => typeof value === 'number' && value > 0 && value <= 1,
};
/** @internal */
export const samplingKinds = {
  temperature: kinds.notNegative,
  topP,
  topK: kinds.count,
  minP: kinds.fraction,
  repetitionPenalty: kinds.positive,
};
const sampleKinds = allRequired(samplingKinds);
const rowKinds = { name: kinds.function, seen: kinds.function };

/** What stands beside the logits, by row. */
export interface RowOptions {
  /** Names a row in errors. */
  name?: (row: number) => string;
  /** The ids that occurred, each once, for the penalty. */
  seen?: (row: number) => Iterable<number>;
}

export interface SampledTokens {
  ids: number[];
  /** log p at the temperature, before topK, topP, minP and penalty: what a learner computes. Nats. */
  logprobs: number[];
}

/** A model gave no distribution to choose a token from. */
export class SamplingError extends Error {
  override readonly name = 'SamplingError';
}

/**
 * @param logits [B, vocab]
 * @param uniforms B numbers in [0, 1): the draw is by inverse CDF, one number a token
 * @throws SamplingError where a row of logits holds NaN, +Infinity or nothing above -Infinity
 */
export function sampleTokens(
  logits: Tensor,
  uniforms: readonly number[],
  options: SamplingOptions,
  rows: RowOptions = {},
): SampledTokens {
  checkOptions('sampleTokens', options, sampleKinds);
  checkOptions('sampleTokens: rows', rows, rowKinds);
  const { name = (row) => `row ${row}`, seen = () => [] } = rows;
  const { temperature, repetitionPenalty } = options;
  const scaled = logits.to('float32').div(temperature === 0 ? 1 : temperature);
  const logprobs = scaled.logSoftmax(-1);
  const penalised =
    repetitionPenalty === 1 ? logprobs : penalise(scaled, repetitionPenalty, seen).logSoftmax(-1);
  const ids = temperature === 0 ? penalised.argmax(-1) : draw(restrict(penalised, options), uniforms);
  const chosen = logprobs.gather(-1, ids.unsqueeze(-1)).squeeze(-1);
  const result = { ids: ids.toArray() as number[], logprobs: chosen.toArray() as number[] };
  // Such a row has NaN at every token: the sampled one is enough to find it.
  const bad = result.logprobs.findIndex(Number.isNaN);
  if (bad >= 0) throw badLogits(scaled.select(0, bad), name(bad));
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

/** Divides the logits of ids that occurred by the penalty where positive, else multiplies (CTRL, arXiv 1909.05858). */
function penalise(logits: Tensor, penalty: number, seen: NonNullable<RowOptions['seen']>): Tensor {
  const rows: number[] = [];
  const ids: number[] = [];
  for (let row = 0; row < logits.shape[0]; row += 1) {
    for (const id of seen(row)) {
      rows.push(row);
      ids.push(id);
    }
  }
  if (ids.length === 0) return logits;
  const vocabulary = logits.shape[1];
  const at = BigInt64Array.from(ids, (id, i) => BigInt(rows[i] * vocabulary + id));
  const places = torch.tensor(at).to(logits.device);
  const flat = logits.flatten();
  const found = flat.indexSelect(0, places);
  const changed = torch.where(found.gt(0), found.div(penalty), found.mul(penalty));
  return flat.indexCopy(0, places, changed).reshape(logits.shape);
}

/** Probabilities with everything outside the k likeliest, the nucleus and minP at zero; not normalised. */
function restrict(logprobs: Tensor, { topP, topK, minP }: SamplingOptions): Tensor {
  let probabilities = logprobs.to('float64').exp();
  if (topK > 0 && topK < logprobs.size(-1)) {
    const [likeliest] = probabilities.topk(topK, -1);
    const smallest = likeliest.narrow(-1, topK - 1, 1);
    probabilities = probabilities.maskedFill(probabilities.lt(smallest), 0);
  }
  if (topP < 1) {
    const [sorted, order] = probabilities.sort(-1, true);
    // The sum over likelier tokens: the token with which the sum reaches topP belongs to the nucleus.
    const before = sorted.cumsum(-1).sub(sorted);
    const nucleus = sorted.maskedFill(before.ge(sorted.sum(-1, true).mul(topP)), 0);
    probabilities = torch.zerosLike(probabilities).scatter(-1, order, nucleus);
  }
  if (minP > 0) {
    const least = probabilities.amax([-1], true).mul(minP);
    probabilities = probabilities.maskedFill(probabilities.lt(least), 0);
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
