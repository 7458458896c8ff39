/** OpenAI's chat completions over HTTP: routes, limits and the end of the server. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OmniModel } from '../omni/index.js';
import { addressToBind, checkAccess } from './access.js';
import { ApiError, unavailable } from './api-error.js';
import { ClipFiles } from './clip-files.js';
import { Completer, type SizeLimits } from './complete.js';
import { ChatExchange } from './exchange.js';
import { type Listening, listen } from './listen.js';
import { Slots } from './slots.js';

export interface ServeLimits extends SizeLimits {
  bodyBytes: number;
  /** Requests that are worked on at a time, and that may wait. */
  running: number;
  queued: number;
  /** For one request, from its head to the end of its answer. */
  seconds: number;
}

export interface ServeOptions {
  /** What requests name the model. */
  name: string;
  host: string;
  /** 0: a free one. */
  port: number;
  /** null: none is asked for, and only loopback is listened to. */
  token: string | null;
  /** `file:` URLs lead below these. */
  mediaFolders: readonly string[];
  limits: ServeLimits;
  log(line: string): void;
}

interface RunningServer {
  url: string;
  /** Takes no more requests, and ends those that are not finished after so many seconds. */
  stop(seconds: number): Promise<void>;
}

const shuttingDown = (): ApiError => unavailable('the server is shutting down', 'shutting_down');

/** @throws BadInputError where it cannot listen */
export async function startServer(model: OmniModel, options: ServeOptions): Promise<RunningServer> {
  const address = await addressToBind(options.host, options.token);
  const files = new ClipFiles(options.mediaFolders);
  const service = new Service(model, files, options);
  let listening: Listening;
  try {
    listening = await listen((request, response) => void service.handle(request, response), {
      ...options,
      address,
    });
  } catch (error) {
    files.close();
    throw error;
  }
  const { server, url } = listening;
  server.requestTimeout = options.limits.seconds * 1000;
  return {
    url,
    async stop(seconds) {
      const closed = new Promise((resolve) => server.close(resolve));
      await service.stop(seconds);
      server.closeAllConnections();
      await closed;
      files.close();
    },
  };
}

class Service {
  private readonly model: OmniModel;
  private readonly completer: Completer;
  private readonly options: ServeOptions;
  private readonly slots: Slots;
  private readonly created = Math.floor(Date.now() / 1000);
  /** Requests that have no whole answer yet, by what ends them. */
  private readonly open = new Map<AbortController, Promise<void>>();
  private isStopping = false;

  constructor(model: OmniModel, files: ClipFiles, options: ServeOptions) {
    this.model = model;
    this.options = options;
    this.completer = new Completer(model, files, options.limits);
    this.slots = new Slots(options.limits.running, options.limits.queued);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ends = new AbortController();
    const { seconds } = this.options.limits;
    const tooLong = setTimeout(
      () => ends.abort(new ApiError(504, `the request took longer than ${seconds} s`, { code: 'timeout' })),
      seconds * 1000,
    );
    const closed = new Promise<void>((resolve) => {
      response.once('close', () => {
        clearTimeout(tooLong);
        ends.abort(new Error('the client closed the connection'));
        this.open.delete(ends);
        resolve();
      });
    });
    this.open.set(ends, closed);
    const exchange = new ChatExchange(request, response, this.options.log, () => this.isStopping);
    try {
      await this.route(request, exchange, ends.signal);
    } catch (error) {
      exchange.fail(error);
    }
  }

  async stop(seconds: number): Promise<void> {
    this.isStopping = true;
    this.slots.close(shuttingDown());
    const all = Promise.all(this.open.values());
    const timer = setTimeout(() => {
      for (const ends of this.open.keys()) ends.abort(shuttingDown());
    }, seconds * 1000);
    await all;
    clearTimeout(timer);
  }

  private async route(request: IncomingMessage, exchange: ChatExchange, signal: AbortSignal): Promise<void> {
    const { path } = exchange;
    const { token, name } = this.options;
    if (path === '/health') {
      exchange.allow('GET', 'HEAD');
      if (this.isStopping) throw shuttingDown();
      return exchange.json({ status: 'ok' });
    }
    checkAccess(request, token);
    const model = { id: name, object: 'model', created: this.created, owned_by: 'earsight' };
    if (path === '/v1/models') {
      exchange.allow('GET', 'HEAD');
      return exchange.json({ object: 'list', data: [model] });
    }
    if (path === `/v1/models/${encodeURIComponent(name)}`) {
      exchange.allow('GET', 'HEAD');
      return exchange.json(model);
    }
    if (path !== '/v1/chat/completions')
      throw new ApiError(404, `no such path; expected /v1/chat/completions, /v1/models or /health`);
    exchange.allow('POST');
    const giveBack = await this.slots.take(signal);
    try {
      await exchange.answerChat(this.model, this.completer, {
        name,
        maxBytes: this.options.limits.bodyBytes,
        signal,
      });
    } finally {
      giveBack();
    }
  }
}
