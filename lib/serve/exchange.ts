/** One request and its response: JSON, server-sent events, errors, and its line in the log. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { OmniModel } from '../omni/index.js';
import { TextError } from '../text/index.js';
import { Answer, type Usage, usageOf } from './answer.js';
import { ApiError, wrongField } from './api-error.js';
import { parseChatRequest } from './chat-request.js';
import type { Completer } from './complete.js';
import { readConversation } from './conversation.js';
import { readJson } from './read-body.js';

interface ChatSettings {
  name: string;
  maxBytes: number;
  signal: AbortSignal;
}

export class ChatExchange {
  /** Without the query, which may hold what no log should. */
  readonly path: string;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly isLast: () => boolean;
  private notes = '';

  /** @param isLast whether the connection takes no request after it */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    log: (line: string) => void,
    isLast: () => boolean,
  ) {
    this.isLast = isLast;
    this.request = request;
    this.response = response;
    this.path = (request.url ?? '').split('?')[0];
    const start = performance.now();
    const from = request.socket.remoteAddress;
    const path = this.path.replace(/[^!-~]/g, '?').slice(0, 100);
    response.once('close', () => {
      const status = response.writableFinished ? `${response.statusCode}` : 'left by the client';
      const took = `${Math.round(performance.now() - start)} ms`;
      const time = new Date().toISOString();
      log([time, from, request.method, path, status, took, this.notes].filter(Boolean).join(' '));
    });
  }

  /** @throws ApiError for another method */
  allow(...methods: string[]): void {
    if (methods.includes(this.request.method ?? '')) return;
    throw new ApiError(405, `expected ${methods[0]}`, { headers: { allow: methods.join(', ') } });
  }

  json(body: object, status = 200, headers: OutgoingHttpHeaders = {}): void {
    const text = JSON.stringify(body);
    this.head(status, {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    this.response.end(text);
  }

  async answerChat(model: OmniModel, completer: Completer, settings: ChatSettings): Promise<void> {
    const { name, signal } = settings;
    const request = parseChatRequest(await readJson(this.request, settings.maxBytes, signal));
    if (request.model !== name)
      throw new ApiError(404, `model: this server has '${name}' only`, {
        param: 'model',
        code: 'model_not_found',
      });
    const conversation = readConversation(request.messages, model.processor.takes);
    const params = completer.params(request.params);
    const { logprobs, includeUsage, stream } = request;
    const answer = new Answer({
      ...{ model: name, tokenizer: model.tokenizer, stopIds: model.stopIds },
      ...{ logprobs, includeUsage },
    });
    const events = {
      begin: () => {
        this.head(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
        for (let i = 0; i < (params.numGenerations ?? 1); i += 1) this.event(answer.opening(i));
      },
      piece: (index: number, text: string, completion?: Parameters<Answer['ending']>[1]) => {
        if (text !== '') this.event(answer.piece(index, text));
        if (completion !== undefined && completion.finishReason !== 'abort')
          this.event(answer.ending(index, completion));
      },
    };
    const silent = { begin: () => {}, piece: () => {} };
    const done = await completer.complete(conversation, params, signal, stream ? events : silent);
    const usage = usageOf(done.promptTokens, done.completions);
    this.notes = notesOf(usage);
    if (!stream) return this.json(answer.whole(done.completions, usage));
    if (includeUsage) this.event(answer.usage(usage));
    this.response.end('data: [DONE]\n\n');
  }

  /** Answers with an error, or ends the events with it. */
  fail(error: unknown): void {
    // The client hears nothing more.
    if (this.response.closed) return;
    const known = asApiError(error);
    this.notes = known.summary;
    if (known.status === 500)
      this.notes += `: ${(error as Error).name}: ${(error as Error).message.split('\n')[0]}`;
    if (this.response.headersSent) {
      this.event(known.body);
      this.response.end();
    } else {
      this.json(known.body, known.status, known.headers);
    }
  }

  private head(status: number, headers: OutgoingHttpHeaders): void {
    this.response.writeHead(status, { ...headers, ...(this.isLast() && { connection: 'close' }) });
  }

  private event(data: object): void {
    this.response.write(`data: ${JSON.stringify(data)}\n\n`);
  }
}

function notesOf({ prompt_tokens: prompt, completion_tokens: completion }: Usage): string {
  return `${prompt} prompt tokens, ${completion} completion tokens`;
}

/** What the server did not foresee is told to nobody but the log. */
function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // The template refuses what the messages say, or the sampler what is beyond the machine.
  if (error instanceof TextError) return wrongField('messages', error.reason);
  if (error instanceof RangeError) return new ApiError(400, error.message);
  return new ApiError(500, 'the server failed; its log says why');
}
