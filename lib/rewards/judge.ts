// Scores that need more than strings: a judge is a model or a service that answers requests about a completion.

import type { Sample } from '../data/index.js';
import { someOf } from '../runtime/index.js';
import type { OptionKind } from '../tensor/index.js';

/** Spans in seconds. */
export type JudgeRequest =
  | { kind: 'consistency'; sample: Sample; span: [number, number]; caption: string }
  | { kind: 'completeness'; sample: Sample; spans: [number, number][]; captions: string[] }
  | { kind: 'answer'; sample: Sample; answer: string };

export interface Judge {
  readonly name: string;
  /** What it is asked; left out: everything. */
  readonly kinds?: readonly JudgeRequest['kind'][];
  /** One score in [0, 1] a request, in their order; null: it could not be judged. */
  judge(requests: JudgeRequest[], signal?: AbortSignal): Promise<(number | null)[]>;
  /** What it did since the last call, by name: a training logs these as `judge/<its name>/<name>`. */
  takeMetrics?(): Record<string, number>;
  close?(): Promise<void>;
}

const isJudge = (value: unknown): value is Judge => typeof (value as Judge | null)?.judge === 'function';

/** The option of a reward that asks a judge for scores of one kind. */
export function judgeOf(kind: JudgeRequest['kind']): OptionKind {
  return {
    expected: `a judge (an object with a name and a function judge) of ${subjects[kind]}`,
    type: 'object',
    fits: (value) => isJudge(value) && value.kinds?.includes(kind) !== false,
  };
}

const subjects = { consistency: 'captions', completeness: 'spans', answer: 'answers' };

/**
 * The scores of `judge`, checked; NaN where it could not judge, and for all requests where it throws: that is a warning, and
 * the completions have no part in the step.
 * @throws Error when they are not one number in [0, 1] or null for every request, and what the judge throws once the signal
 * is aborted
 */
export async function judgements(
  judge: Judge,
  requests: JudgeRequest[],
  signal: AbortSignal,
): Promise<number[]> {
  if (requests.length === 0) return [];
  const scores = await unlessFailed(
    judge,
    `judge ${judge.name}`,
    requests.map(({ sample }) => sample),
    signal,
    () => judge.judge(requests, signal),
  );
  if (scores === null) return requests.map(() => NaN);
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

/** Of judges and scores, the problems that were warned of. */
const warned = new WeakMap<object, Set<string>>();

/**
 * What `ask` gives; null where it throws, with a warning that says who failed on which samples, once a problem.
 * @param asked whose problem it is
 */
export async function unlessFailed<T>(
  asked: object,
  who: string,
  samples: readonly Sample[],
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (signal.aborted) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    const known = warned.get(asked) ?? new Set();
    warned.set(asked, known);
    if (known.has(problem)) return null;
    known.add(problem);
    const ids = someOf([...new Set(samples.map(({ id }) => id))]);
    process.emitWarning(
      `${who} failed; completions of the samples ${ids} are left out of the step: ${problem}; ` +
        'where it fails so again, metrics alone count it',
    );
    return null;
  }
}
