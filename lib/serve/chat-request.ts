/** The body of a chat completion: OpenAI's fields, and vLLM's for sampling. What is not here is refused by name. */
import { z } from 'zod';
import type { SamplingParams } from '../data/index.js';
import { shown } from '../runtime/index.js';
import { ApiError, wrongField } from './api-error.js';

const number = (expected: string, fits: (value: number) => boolean) =>
  z.custom<number>((value) => typeof value === 'number' && fits(value), `expected ${expected}`).nullish();
const whole = (from: number, to = Number.MAX_SAFE_INTEGER) =>
  number(
    to === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${from}`
      : `a whole number from ${from} to ${to}`,
    (value) => Number.isSafeInteger(value) && value >= from && value <= to,
  );
const zero = (name: string) => number(`0: this server has no ${name}`, (value) => value === 0);
const flag = z.boolean('expected true or false').nullish();
const text = z.string('expected a text');

const url = z.strictObject({ url: text }, 'expected an object { url }');
const data = z.strictObject({ data: text, format: text.optional() }, 'expected an object { data, format }');
const textPart = z.strictObject({ type: z.literal('text'), text });
/** A chat message holds them besides text. */
const mediaParts = [
  z.strictObject({ type: z.literal('video_url'), video_url: url }),
  z.strictObject({ type: z.literal('audio_url'), audio_url: url }),
  z.strictObject({ type: z.literal('input_video'), input_video: data }),
  z.strictObject({ type: z.literal('input_audio'), input_audio: data }),
] as const;

const typeOf = ({ shape }: { shape: { type: z.ZodLiteral<string> } }): string => shape.type.value;
const oneOf = (types: readonly string[]) => `expected ${types.join(', ')}`;

/** A content as a list of parts: a text is one. */
const contentOf = <Part extends z.ZodType>(part: Part) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? [{ type: 'text', text: value }] : value),
    z.array(part, 'expected a text or a list of parts'),
  );
const texts = contentOf(
  z.discriminatedUnion('type', [textPart], 'expected an object { type: "text", text }: text alone'),
);
const parts = contentOf(
  z.discriminatedUnion(
    'type',
    [textPart, ...mediaParts],
    oneOf([textPart, ...mediaParts].map(typeOf as (part: unknown) => string)),
  ),
);

const message = z.discriminatedUnion(
  'role',
  [
    z.strictObject({ role: z.enum(['system', 'developer']), content: texts }),
    z.strictObject({ role: z.literal('user'), content: parts }),
    // As an answer has it, so that it can be sent back as it came.
    z.strictObject({ role: z.literal('assistant'), content: texts, refusal: z.null().optional() }),
  ],
  'expected an object with the role system, developer, user or assistant',
);

const stops = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z.array(text.min(1, 'expected a text that is not empty'), 'expected a text or a list of texts').nullish(),
);

const schema = z.strictObject(
  {
    model: text,
    messages: z.array(message, 'expected a list of messages').min(1, 'expected at least one message'),
    stream: flag,
    stream_options: z.strictObject({ include_usage: flag }, 'expected an object { include_usage }').nullish(),
    n: whole(1, 128),
    temperature: number('a number from 0', (value) => value >= 0),
    top_p: number('a number above 0, at most 1', (value) => value > 0 && value <= 1),
    top_k: whole(-1),
    min_p: number('a number from 0 to 1', (value) => value >= 0 && value <= 1),
    repetition_penalty: number('a number above 0', (value) => value > 0),
    max_tokens: whole(1),
    max_completion_tokens: whole(1),
    stop: stops,
    seed: whole(0),
    logprobs: flag,
    top_logprobs: zero('log-probabilities of tokens that were not chosen'),
    frequency_penalty: zero('frequency penalty; take repetition_penalty'),
    presence_penalty: zero('presence penalty; take repetition_penalty'),
    response_format: z
      .strictObject({ type: z.literal('text', 'expected "text"') }, 'expected { type: "text" }')
      .nullish(),
  },
  'expected a JSON object',
);

export type ChatMessage = z.infer<typeof message>;
export type ContentPart = z.infer<typeof parts>[number];

interface ChatRequest {
  model: string;
  messages: readonly ChatMessage[];
  stream: boolean;
  includeUsage: boolean;
  logprobs: boolean;
  /** Those that were given. */
  params: Partial<SamplingParams>;
}

/** @throws ApiError naming the first field at fault */
export function parseChatRequest(body: unknown): ChatRequest {
  const result = schema.safeParse(body);
  if (!result.success) throw problemOf(result.error.issues[0], body);
  const given = result.data;
  const { max_tokens: older, max_completion_tokens: longest } = given;
  if (older != null && longest != null && older !== longest)
    throw wrongField('max_tokens', 'differs from max_completion_tokens; give one of them');
  if (given.stream_options != null && given.stream !== true)
    throw wrongField('stream_options', 'is for streams; set stream to true, or leave it out');
  const named = {
    numGenerations: given.n,
    temperature: given.temperature,
    topP: given.top_p,
    topK: given.top_k === -1 ? 0 : given.top_k,
    minP: given.min_p,
    repetitionPenalty: given.repetition_penalty,
    maxNewTokens: longest ?? older,
    stop: given.stop,
    seed: given.seed,
  };
  return {
    model: given.model,
    messages: given.messages,
    stream: given.stream ?? false,
    includeUsage: given.stream_options?.include_usage ?? false,
    logprobs: given.logprobs ?? false,
    params: Object.fromEntries(Object.entries(named).filter(([, value]) => value != null)),
  };
}

/** `messages[0].content` */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function problemOf(issue: z.core.$ZodIssue, body: unknown): ApiError {
  if (issue.code === 'unrecognized_keys') {
    const name = fieldName([...issue.path, issue.keys[0]]).slice(0, 200);
    const problem = 'unknown, or not supported by this server; leave it out';
    return wrongField(name, problem, 'unknown_parameter');
  }
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key],
    body,
  );
  if (issue.path.length === 0) return new ApiError(400, `the body: ${issue.message}, got ${shown(value)}`);
  return wrongField(fieldName(issue.path), `${issue.message}, got ${shown(value)}`);
}
