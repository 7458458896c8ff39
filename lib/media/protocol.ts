/** Messages between the pool and its worker processes (structured clone, so buffers travel as bytes). */
import type { MediaErrorCode } from './errors.js';
import type { Decoded, DecodeOptions, EncodeInput, MediaInfo, MediaLimits } from './types.js';

/** `file` and `out` are absolute. */
export type Task =
  | { kind: 'probe'; file: string }
  | { kind: 'decode'; file: string; options: DecodeOptions }
  | { kind: 'encode'; file: string; out: string; input: EncodeInput }
  | { kind: 'cut'; file: string; out: string; start: number; end: number };

export type TaskResult = MediaInfo | Decoded | null;

/** What a worker may take for one task. */
export type Limits = Required<MediaLimits>;

export interface Order {
  task: Task;
  limits: Limits;
}

/**
 * The worker's descriptor of a stream that ends with the parent. A worker that ends itself writes its Failure there, as
 * JSON: unlike the channel of messages, it can be written to by the thread that watches the limits.
 */
export const lifelineFd = 4;

export type Failure = { code: MediaErrorCode; reason: string };

/** First message of a worker: it is ready, or why it never will be. */
export type Hello = { hello: true; failure?: Failure };

export type Reply = { result: TaskResult } | { failure: Failure };
