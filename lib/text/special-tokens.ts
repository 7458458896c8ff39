/** The named special tokens of a tokenizer: what chat templates read as `bos_token`, `image_token` and so on. */

/**
 * As transformers names them: fields of tokenizer_config.json that end in `_token` (a text, or an added token with its
 * `content`), and those of `extra_special_tokens` and `model_specific_special_tokens` where these are objects.
 */
export function specialTokens(config: Record<string, unknown>): Record<string, string> {
  const { extra_special_tokens: extra, model_specific_special_tokens: specific } = config;
  const named = Object.entries(config).filter(([name]) => name.endsWith('_token'));
  const tokens = [...named, ...fields(extra), ...fields(specific)].flatMap(([name, token]) => {
    const content = contentOf(token);
    return content === undefined ? [] : [[name, content] as const];
  });
  return Object.fromEntries(tokens);
}

/** The text of a token that is written as a text or as an object with its `content`. */
export function contentOf(token: unknown): string | undefined {
  const content = isObject(token) ? token.content : token;
  return typeof content === 'string' ? content : undefined;
}

function fields(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
