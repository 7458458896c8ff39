/**
 * A judge behind an endpoint with OpenAI's chat completions. What cannot be judged is null, counted and warned of, never 0:
 * a failure of the service is no fault of the completion.
 */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { MediaPool } from '../media/index.js';
import type { Judge, JudgeRequest } from '../rewards/index.js';
import { ScoreCache } from './openai-cache.js';
import { ChatClient, type Message, type Reply } from './openai-client.js';
import { ClipHashes } from './openai-clip-hash.js';
import { JudgeFailure } from './openai-failure.js';
import { type Limiter, limiter } from './openai-limiter.js';
import { clipParts, clipSettings } from './openai-media.js';
import { metricsBetween, noMetrics, type OpenAIJudgeMetrics } from './openai-metrics.js';
import {
  type CheckedOptions,
  checkJudgeMachine,
  checkJudgeOptions,
  type OpenAIJudgeOptions,
} from './openai-options.js';
import { type Question, questionOf } from './openai-question.js';
import { type Judgement, parseJudgement } from './openai-reply.js';
import { withRetries } from './openai-retry.js';

export interface OpenAIJudge extends Judge {
  /** Counts since the judge was made. */
  metrics(): OpenAIJudgeMetrics;
  takeMetrics(): Record<string, number>;
  close(): Promise<void>;
}

/**
 * @example
 * const judge = judges.openAI({ baseUrl: 'http://127.0.0.1:8000/v1', model: 'Qwen3-VL-8B', cacheFolder: 'judgements' });
 * const reward = rewards.answerReward({ by: 'judge', judge });
 * @throws TypeError or RangeError for wrong options, and where the environment holds no key
 */
export function openAI(options: OpenAIJudgeOptions): OpenAIJudge {
  const checked = checkJudgeOptions(options);
  return new Endpoint(checked, checkJudgeMachine(checked));
}

class Endpoint implements OpenAIJudge {
  readonly name = 'openai';
  // Private to the language: no inspection of the judge shows the key.
  readonly #options: CheckedOptions;
  readonly #client: ChatClient;
  readonly #cache: ScoreCache | null;
  readonly #limited: Limiter;
  readonly #clips = new ClipHashes();
  readonly #metrics = noMetrics();
  #taken = noMetrics();
  readonly #warned = new Set<string>();
  readonly #closing = new AbortController();
  #pool: MediaPool | null = null;

  constructor(options: CheckedOptions, key: string | undefined) {
    const { cacheFolder, concurrency } = options;
    this.#options = options;
    this.#client = new ChatClient({
      ...options,
      key,
      onSend: (bytes) => {
        this.#metrics.httpRequests += 1;
        this.#metrics.sentBytes += bytes;
      },
    });
    this.#cache =
      cacheFolder === undefined ? null : new ScoreCache(cacheFolder, (text) => this.#warn('cache', text));
    this.#limited = limiter(concurrency);
  }

  async judge(requests: JudgeRequest[], signal?: AbortSignal): Promise<(number | null)[]> {
    // A signal of this call: what listens to it goes with it.
    const ending = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    ending.throwIfAborted();
    // Each of the requests listens, and there may be hundreds.
    setMaxListeners(Infinity, ending);
    const asked = new Map<string, Promise<number>>();
    const scores = Promise.all(requests.map((request) => this.#judged(request, asked, ending)));
    // A clip that is being decoded is not waited for.
    const aborted = new Promise<never>((_, reject) => {
      ending.addEventListener('abort', () => reject(ending.reason), { once: true });
    });
    return Promise.race([scores, aborted]);
  }

  metrics(): OpenAIJudgeMetrics {
    return structuredClone(this.#metrics);
  }

  takeMetrics(): Record<string, number> {
    const before = this.#taken;
    this.#taken = this.metrics();
    return metricsBetween(before, this.#taken);
  }

  /** Ends what is running, which rejects, and the processes that decode clips. */
  async close(): Promise<void> {
    this.#closing.abort(new Error(`judge ${this.name}: it was closed`));
    await this.#pool?.close();
  }

  /** @param asked the questions of the same call: completions of a group give the same answer often */
  async #judged(
    request: JudgeRequest,
    asked: Map<string, Promise<number>>,
    signal: AbortSignal,
  ): Promise<number | null> {
    this.#metrics.requests += 1;
    try {
      const question = questionOf(request, this.#options.media);
      const key = await this.#keyOf(question, request);
      const same = asked.get(key);
      if (same !== undefined) {
        this.#metrics.duplicates += 1;
        return await same;
      }
      const score = this.#score(key, question, request, signal);
      asked.set(key, score);
      return await score;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof JudgeFailure)) throw error;
      this.#metrics.failures[error.code] += 1;
      const { kind, sample } = request;
      this.#warn(error.code, `${kind} of sample ${sample.id} could not be judged: ${error.message}`);
      return null;
    }
  }

  async #score(key: string, question: Question, request: JudgeRequest, signal: AbortSignal): Promise<number> {
    const known = await this.#cache?.read(key);
    if (typeof known === 'number') {
      this.#metrics.cacheHits += 1;
      return known;
    }
    const judgement = await this.#limited(() => this.#ask(question, request, signal), signal);
    this.#cache?.write(key, judgement);
    return judgement.score;
  }

  /** All tries of a question. A failed one keeps its place while it waits, so that a busy server gets fewer requests. */
  async #ask(question: Question, request: JudgeRequest, signal: AbortSignal): Promise<Judgement> {
    const messages = await this.#messages(question, request);
    const { retries, timeoutSeconds } = this.#options;
    const attempt = async (): Promise<Judgement> => {
      const { score, reason } = parseJudgement((await this.#timed(messages, signal)).text);
      // Escapes of JSON may have hidden the key until here.
      return { score, reason: this.#client.redacted(reason) };
    };
    const onRetry = () => {
      this.#metrics.retries += 1;
    };
    return withRetries(attempt, { retries, longestWait: timeoutSeconds, signal, onRetry });
  }

  async #timed(messages: readonly Message[], signal: AbortSignal): Promise<Reply> {
    const start = performance.now();
    const reply = await this.#client.complete(messages, signal);
    const seconds = (performance.now() - start) / 1000;
    const metrics = this.#metrics;
    metrics.replies += 1;
    metrics.replySeconds += seconds;
    metrics.longestReplySeconds = Math.max(metrics.longestReplySeconds, seconds);
    metrics.promptTokens += reply.promptTokens;
    metrics.completionTokens += reply.completionTokens;
    return reply;
  }

  async #messages({ system, material, spans }: Question, { sample }: JudgeRequest): Promise<Message[]> {
    const { media } = this.#options;
    if (spans !== null) this.#pool ??= new MediaPool();
    const clip = spans === null ? [] : await clipParts(this.#pool!, sample, spans, media);
    return [
      { role: 'system', content: system },
      { role: 'user', content: clip.length === 0 ? material : [...clip, { type: 'text', text: material }] },
    ];
  }

  /** A hash of all that the score depends on: the model, the texts, the content of the clip, and what is sent of it. */
  async #keyOf({ system, material, spans }: Question, { sample }: JudgeRequest): Promise<string> {
    const { model, media } = this.#options;
    const { fit, sampleRate } = clipSettings;
    const clip = spans && {
      files: await this.#clips.of(sample),
      spans,
      media,
      ...clipSettings[media],
      fit,
      sampleRate,
    };
    return createHash('sha256').update(JSON.stringify({ model, system, material, clip })).digest('hex');
  }

  /** Once a kind: metrics have the counts. */
  #warn(kind: string, text: string): void {
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    process.emitWarning(
      `judge ${this.name}: ${text}; further ones of this kind (${kind}) are counted in metrics()`,
      {
        type: 'EarsightWarning',
        code: 'EARSIGHT_JUDGE',
      },
    );
  }
}
