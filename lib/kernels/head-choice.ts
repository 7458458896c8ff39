/** The output head and the choice of the next tokens in one pass: logits are never in memory. */

import { checkOptions, either, kinds, listOf, orNull, scope, type Tensor, torch } from '../tensor/index.js';
import { type PackedWeight, packedKinds } from './packed-linear.js';

/** One value for all rows, or one a row. */
type ByRow = number | readonly number[];

export interface HeadChoiceOptions {
  /** Divides the logits; 0: the likeliest token, the first of several. Default 1. */
  temperature?: ByRow;
  /** Only the k likeliest tokens. Default 0: all. */
  topK?: ByRow;
  /** Only the likeliest tokens whose probabilities reach this sum, above 0. Default 1: all. */
  topP?: ByRow;
  /** Only tokens of at least this part of the likeliest one's probability. Default 0. */
  minP?: ByRow;
  /** Divides the logits of tokens that occurred where positive, else multiplies them. Needs `seen`. Default 1. */
  repetitionPenalty?: ByRow;
  /** Tokens that occurred, bool [B, vocabulary]. */
  seen?: Tensor | null;
}

const byRow = either(kinds.number, listOf(kinds.number));
const optionKinds = {
  temperature: byRow,
  topK: byRow,
  topP: byRow,
  minP: byRow,
  repetitionPenalty: byRow,
  seen: orNull(kinds.tensor),
};

/** All [B]. */
export interface HeadChoice {
  /** int64. */
  token: Tensor;
  /** log p of the token at the temperature, before penalty, topK, topP and minP. float32, nats. */
  logprob: Tensor;
  /** Entropy of the same distribution, float32, nats. */
  entropy: Tensor;
}

/**
 * The draw is by inverse CDF over the tokens in order: the first one at which the summed probability, of what penalty, topK,
 * topP and minP leave, exceeds the uniform number times their sum. Logits are float32 sums as in `packedLinear`, the sums of
 * the distribution float32 in blocks of 128 tokens and float64 over blocks. A row's choice depends on the row alone, bit for
 * bit, with any number of rows and threads. No gradient.
 *
 * @param hidden [B, inputs], float32, bfloat16 or float16, on the CPU
 * @param head from `packLinear`, [vocabulary, inputs]
 * @param uniforms a number in [0, 1) a row
 * @throws TypeError for unknown options and something that is no packed weight, TorchError for shapes, dtypes and values that
 * do not fit, for NaN or infinity among a row's logits, and for tensors that require a gradient outside `noGrad`
 */
export function headChoice(
  hidden: Tensor,
  head: PackedWeight,
  uniforms: readonly number[],
  options: HeadChoiceOptions = {},
): HeadChoice {
  checkOptions('headChoice: head', head, packedKinds);
  checkOptions('headChoice', options, optionKinds);
  const { temperature, topK, topP, minP, repetitionPenalty, seen = null } = options;
  return scope(() => {
    const numbers = (values?: ByRow): Tensor | null =>
      values === undefined
        ? null
        : torch.tensor(
            typeof values === 'number'
              ? new Float64Array(uniforms.length).fill(values)
              : Float64Array.from(values),
          );
    const [token, logprob, entropy] = torch.ops.earsight.head_choice(
      hidden,
      head.panels,
      head.outputs,
      numbers(uniforms),
      {
        temperature: numbers(temperature),
        top_k: numbers(topK),
        top_p: numbers(topP),
        min_p: numbers(minP),
        repetition_penalty: numbers(repetitionPenalty),
        seen,
      },
    ) as [Tensor, Tensor, Tensor];
    return { token, logprob, entropy };
  });
}
