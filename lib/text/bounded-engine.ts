/**
 * Tokenizer files come from anywhere, and their steps may multiply a text: forty replacements of "a" by "aa" are a small
 * file. What each step leaves is measured, and settings with which a step would not end are refused.
 */
import type { Tokenizer as Engine } from '@huggingface/tokenizers';

/** Of a text, and of what it may become: compatibility decomposition makes up to 18 characters of one. */
const mostGrowth = 20;
const mostAdded = 10_000;
/** What stands for one match; a step's result is whole in memory before it is measured. */
const longestReplacement = 16;
/** The time goes by the square of a word's length. Published models have 100. */
const longestWord = 256;

/** A step of the engine, or a sequence of steps. */
interface Step {
  config?: Record<string, unknown> | null;
  str_rep?: unknown;
  normalizers?: (Step | null)[];
  tokenizers?: (Step | null)[];
  decoders?: (Step | null)[];
  normalize?: (text: string) => string;
  pre_tokenize?: (text: string | string[], options?: unknown) => string[];
  decode_chain?: (tokens: string[]) => string[];
}

type Call = (text: string | string[], ...rest: unknown[]) => string | string[];

/** @throws Error where a step would not end, or puts too much in the place of little */
export function boundEngine({ normalizer, pre_tokenizer, decoder, model }: Engine): void {
  for (const stage of [normalizer, pre_tokenizer, decoder]) if (stage !== null) boundStage(stage as Step);
  const { max_input_chars_per_word: word = 0 } = (model ?? {}) as { max_input_chars_per_word?: unknown };
  if (!(Number.isSafeInteger(word) && (word as number) <= longestWord))
    throw new Error(`max_input_chars_per_word: expected at most ${longestWord}, got ${String(word)}`);
}

function boundStage(stage: Step): void {
  let most = 0;
  const measure = (step: Step): void => {
    checkSettings(step);
    for (const inner of step.normalizers ?? step.tokenizers ?? step.decoders ?? [])
      if (inner !== null) measure(inner);
    wrap(step, (call) => (text, ...rest) => {
      const result = call.call(step, text, ...rest);
      if (size(result) > most) throw new Error(`a text grows beyond ${mostGrowth} times its length`);
      return result;
    });
  };
  measure(stage);
  wrap(stage, (call) => (text, ...rest) => {
    most = mostGrowth * size(text) + mostAdded;
    return call.call(stage, text, ...rest);
  });
}

function wrap(step: Step, around: (call: Call) => Call): void {
  for (const name of ['normalize', 'pre_tokenize', 'decode_chain'] as const)
    if (step[name] !== undefined) Object.assign(step, { [name]: around(step[name] as Call) });
}

function checkSettings({ config, str_rep: space }: Step): void {
  const { type, content, prepend, length } = config ?? {};
  for (const text of [content, prepend, space]) {
    if (typeof text === 'string' && text.length > longestReplacement)
      throw new Error(
        `${String(type)}: a replacement of ${text.length} characters; at most ${longestReplacement}`,
      );
  }
  if (type === 'FixedLength' && !(Number.isSafeInteger(length) && (length as number) >= 1))
    throw new Error(`FixedLength: length: expected an integer >= 1, got ${String(length)}`);
}

function size(text: string | (string | null | undefined)[]): number {
  // Of an id without a token there is none.
  return typeof text === 'string' ? text.length : text.reduce((sum, piece) => sum + (piece?.length ?? 0), 0);
}
