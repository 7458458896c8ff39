/** What a judge has done since it was made. */
import { type FailureCode, failureCodes } from './openai-failure.js';

export interface OpenAIJudgeMetrics {
  /** Requests of `judge`, those with a score and those without. */
  requests: number;
  /** Of them, those whose score stood in the cache. */
  cacheHits: number;
  /** Of them, those that shared the question of another one of the same call. */
  duplicates: number;
  /** Of them, those that could not be judged, by the reason. */
  failures: Record<FailureCode, number>;
  /** Requests sent over HTTP, all tries. */
  httpRequests: number;
  /** Tries after a first one that failed. */
  retries: number;
  sentBytes: number;
  /** As the server counts them, in replies with a score and those without. */
  promptTokens: number;
  completionTokens: number;
  /** Replies that came, and the seconds that they took from the first byte sent to the last one read. */
  replies: number;
  replySeconds: number;
  longestReplySeconds: number;
}

/** What came between two counts, as metrics of a training step. `latency`: the mean seconds of a reply, where there is one. */
export function metricsBetween(
  before: OpenAIJudgeMetrics,
  after: OpenAIJudgeMetrics,
): Record<string, number> {
  const since = (name: Exclude<keyof OpenAIJudgeMetrics, 'failures'>): number => after[name] - before[name];
  const failed = failureCodes.map((code) => [code, after.failures[code] - before.failures[code]] as const);
  const replies = since('replies');
  return {
    requests: since('requests'),
    failed: failed.reduce((sum, [, count]) => sum + count, 0),
    ...Object.fromEntries(failed.map(([code, count]) => [`failed/${code}`, count])),
    cache_hits: since('cacheHits'),
    duplicates: since('duplicates'),
    http_requests: since('httpRequests'),
    retries: since('retries'),
    sent_bytes: since('sentBytes'),
    prompt_tokens: since('promptTokens'),
    completion_tokens: since('completionTokens'),
    ...(replies === 0 ? {} : { latency: since('replySeconds') / replies }),
  };
}

export function noMetrics(): OpenAIJudgeMetrics {
  return {
    requests: 0,
    cacheHits: 0,
    duplicates: 0,
    failures: Object.fromEntries(failureCodes.map((code) => [code, 0])) as Record<FailureCode, number>,
    httpRequests: 0,
    retries: 0,
    sentBytes: 0,
    promptTokens: 0,
    completionTokens: 0,
    replies: 0,
    replySeconds: 0,
    longestReplySeconds: 0,
  };
}
