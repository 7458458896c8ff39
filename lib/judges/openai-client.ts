/** One try of a chat completion over HTTP: the text of the reply, or a JudgeFailure that says whether to try again. */
import { parseJson } from '../runtime/index.js';
import { readCapped } from './openai-body.js';
import { JudgeFailure, RefusedFailure } from './openai-failure.js';
import { RequestFields } from './openai-fields.js';
import type { ContentPart } from './openai-media.js';
import { retryAfterSeconds } from './openai-retry.js';

export interface Message {
  role: 'system' | 'user';
  content: string | ContentPart[];
}

export interface Reply {
  text: string;
  promptTokens: number;
  completionTokens: number;
}

interface ClientOptions {
  baseUrl: string;
  model: string;
  key: string | undefined;
  apiKeyEnv: string | undefined;
  timeoutSeconds: number;
  /** Called with the bytes of each HTTP request that is sent. */
  onSend: (bytes: number) => void;
}

const maxReplyBytes = 2 ** 20;

export class ChatClient {
  readonly #options: ClientOptions;
  readonly #fields = new RequestFields();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @throws JudgeFailure, and what the signal was aborted with */
  async complete(messages: readonly Message[], signal: AbortSignal): Promise<Reply> {
    const { timeoutSeconds } = this.#options;
    const ending = new AbortController();
    const abort = (): void => ending.abort(signal.reason);
    const late = new JudgeFailure('timeout', `no reply within ${timeoutSeconds} s`, { retriable: true });
    const timer = setTimeout(() => ending.abort(late), 1000 * timeoutSeconds);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      return await this.#fields.negotiate((fields) => this.#post({ messages, ...fields }, ending.signal));
    } catch (error) {
      ending.signal.throwIfAborted();
      if (error instanceof JudgeFailure) throw error;
      // Undici says "fetch failed" or "terminated", and why in the cause.
      const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
      const why = this.redacted([message, cause?.code ?? cause?.message].filter(Boolean).join(': '));
      throw new JudgeFailure('connection', why, { retriable: true });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Without the key, which servers may repeat. Texts are cut after it, so that no part of the key stays. */
  redacted(text: string): string {
    const { key } = this.#options;
    if (key === undefined) return text;
    // Some writers of JSON escape slashes.
    const forms = [key, key.replaceAll('/', '\\/'), encodeURIComponent(key)];
    return forms.reduce((rest, form) => rest.replaceAll(form, '[key]'), text);
  }

  async #post(fields: object, signal: AbortSignal): Promise<Reply> {
    const { baseUrl, model, key, onSend } = this.#options;
    const body = JSON.stringify({ model, ...fields });
    onSend(Buffer.byteLength(body));
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body,
      signal,
      // A key goes to the address that was given and to no other.
      redirect: 'manual',
    });
    const text = await readCapped(response, maxReplyBytes);
    if (!response.ok) throw this.#refused(response, this.redacted(text ?? ''));
    if (text === null) throw badReply(`is larger than ${maxReplyBytes} bytes`);
    const type = response.headers.get('content-type') ?? 'none';
    if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type))
      throw badReply(`has the content type ${this.redacted(type).slice(0, 80)}, not application/json`);
    const reply = replyIn(text);
    return { ...reply, text: this.redacted(reply.text) };
  }

  #refused({ status, headers }: Response, text: string): RefusedFailure {
    const retriable = [408, 425, 429].includes(status) || (status >= 500 && status !== 501);
    const now = Date.parse(headers.get('date') ?? '') || Date.now();
    const retryAfter = retryAfterSeconds(headers.get('retry-after'), now);
    const said = text === '' ? '' : `: ${text.slice(0, 200)}`;
    const message = `status ${status}${this.#hint(status)}${said}`;
    return new RefusedFailure(status, text, message, { retriable, retryAfter });
  }

  #hint(status: number): string {
    const { apiKeyEnv } = this.#options;
    if (status >= 300 && status < 400)
      return ' (a redirect, which is not followed; set baseUrl to where it leads)';
    if (status === 401 || status === 403)
      return apiKeyEnv === undefined
        ? ' (set apiKeyEnv to the environment variable that holds a key)'
        : ` (the key in ${apiKeyEnv} is not accepted)`;
    return status === 404 ? ' (check baseUrl and model)' : '';
  }
}

function replyIn(text: string): Reply {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw badReply('is not JSON');
  }
  const { choices, usage } = (value ?? {}) as {
    choices?: { message?: { content?: unknown } }[];
    usage?: { prompt_tokens?: unknown; completion_tokens?: unknown };
  };
  const content = Array.isArray(choices) ? choices[0]?.message?.content : undefined;
  if (typeof content !== 'string') throw badReply('has no text at choices[0].message.content');
  return {
    text: content,
    promptTokens: count(usage?.prompt_tokens),
    completionTokens: count(usage?.completion_tokens),
  };
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;
}

function badReply(problem: string): JudgeFailure {
  return new JudgeFailure('reply', `the response ${problem}`, { retriable: true });
}
