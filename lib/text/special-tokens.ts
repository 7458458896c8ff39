/** The named special tokens of a tokenizer: what chat templates read as `bos_token`, `image_token` and so on. */
import { namedByClass } from './byte-level.js';

type Json = Record<string, unknown>;

/**
 * tokenizer_config.json with what stands elsewhere, as transformers reads it: special_tokens_map.json counts where the
 * configuration lists no tokens (`added_tokens_decoder`), and classes have names for what both leave out.
 */
export function completeConfig(config: Json, specialTokensMap: Json = {}): Json {
  const map = config.added_tokens_decoder === undefined ? specialTokensMap : {};
  return { ...namedByClass(config.tokenizer_class), ...config, ...map };
}

/**
 * As transformers names them: fields of tokenizer_config.json that end in `_token` (a text, or an added token with its
 * `content`), and those of `extra_special_tokens` and `model_specific_special_tokens` where these are objects.
 */
export function specialTokens(config: Json): Record<string, string> {
  const { extra_special_tokens: extra, model_specific_special_tokens: specific } = config;
  const named = Object.entries(config).filter(([name]) => name.endsWith('_token'));
  const tokens = [...named, ...fields(extra), ...fields(specific)].flatMap(([name, token]) => {
    const content = contentOf(token);
    return content === undefined ? [] : [[name, content] as const];
  });
  return Object.fromEntries(tokens);
}

/** Those without a name of their own too. */
export function allSpecialTokens(config: Json): string[] {
  const { additional_special_tokens: additional, extra_special_tokens: extra } = config;
  const lists = [additional, extra].flatMap((list) => (Array.isArray(list) ? list : []));
  const unnamed = lists.flatMap((token) => contentOf(token) ?? []);
  return [...new Set([...Object.values(specialTokens(config)), ...unnamed])];
}

/** The text of a token that is written as a text or as an object with its `content`. */
export function contentOf(token: unknown): string | undefined {
  const content = isObject(token) ? token.content : token;
  return typeof content === 'string' ? content : undefined;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fields(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}
