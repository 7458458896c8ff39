// Scores that need more than strings: a judge is a model or a service that answers requests about a completion.

import type { Sample } from '../data/index.js';

/** Spans in seconds. */
export type JudgeRequest =
  | { kind: 'consistency'; sample: Sample; span: [number, number]; caption: string }
  | { kind: 'completeness'; sample: Sample; spans: [number, number][]; captions: string[] }
  | { kind: 'answer'; sample: Sample; answer: string };

export interface Judge {
  readonly name: string;
  /** One score in [0, 1] a request, in their order; null: it could not be judged. */
  judge(requests: JudgeRequest[], signal?: AbortSignal): Promise<(number | null)[]>;
  close?(): Promise<void>;
}

/**
 * The scores of `judge`, checked; NaN where it could not judge.
 * @throws Error when they are not one number in [0, 1] or null for every request
 */
export async function judgements(
  judge: Judge,
  requests: JudgeRequest[],
  signal: AbortSignal,
): Promise<number[]> {
  if (requests.length === 0) return [];
  const scores = await judge.judge(requests, signal);
  if (!Array.isArray(scores) || scores.length !== requests.length)
    throw new Error(
      `judge ${judge.name} returned ${Array.isArray(scores) ? scores.length : typeof scores} for ${requests.length} requests; ` +
        'expected an array of one score for each',
    );
  const wrong = scores.findIndex((score) => score !== null && !(score >= 0 && score <= 1));
  if (wrong >= 0)
    throw new Error(
      `judge ${judge.name} returned ${String(scores[wrong])} for sample ${requests[wrong].sample.id}; ` +
        'expected a number from 0 to 1, or null for "could not judge"',
    );
  return scores.map((score) => score ?? NaN);
}
