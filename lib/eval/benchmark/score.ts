/** Scores of a benchmark's answers: accuracy by part, category and view, and of detection the four counts. */
import {
  type BenchmarkQuestion,
  clipKey,
  normaliseAnswer,
  parseOption,
  type View,
} from '../../data/index.js';
import { answerText } from '../../rewards/index.js';
import { groupBy } from '../../runtime/index.js';
import type { Answered } from '../accuracy.js';
import { bootstrapInterval, type Interval, proportionInterval } from '../intervals.js';

/** An answer to a question of a benchmark. */
export interface BenchmarkAnswer extends Answered {
  question: BenchmarkQuestion;
}

export interface BenchmarkScore {
  /** The part, or the category's value. */
  name: string;
  view: View;
  count: number;
  correct: number;
  wellFormed: number;
  /** Mean of 1 / number of options. */
  chance: number;
  /** Its 95 % interval takes the questions of one clip together. */
  accuracy: Interval;
  /** Of a part whose questions all ask whether the clip is generated. */
  detection?: Detection;
}

/** A generated clip is a positive. Answers that say neither YES nor NO are unread: they find nothing, and clear nothing. */
export interface Detection {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
  unreadPositives: number;
  unreadNegatives: number;
  /** Null where no clip was called generated. */
  precision: number | null;
  /** Null where no clip is generated. */
  recall: number | null;
  /** 2 TP / (2 TP + FP + FN + unread positives); null where there is none of these. */
  f1: Interval | null;
}

export interface BenchmarkScores {
  /** Parts in order of appearance, `all` last when there are several. */
  parts: BenchmarkScore[];
  /** By name of the category. */
  categories: Record<string, BenchmarkScore[]>;
}

export function benchmarkScores(answers: readonly BenchmarkAnswer[]): BenchmarkScores {
  const parts = scoresBy(answers, ({ question }) => question.part);
  const isSeveral = new Set(parts.map(({ name }) => name)).size > 1;
  const names = [...new Set(answers.flatMap(({ question }) => Object.keys(question.categories)))];
  return {
    parts: isSeveral ? [...parts, ...scoresBy(answers, () => 'all')] : parts,
    categories: Object.fromEntries(
      names.map((name) => [
        name,
        scoresBy(
          answers.filter(({ question }) => name in question.categories),
          ({ question }) => question.categories[name],
        ),
      ]),
    ),
  };
}

function scoresBy(
  answers: readonly BenchmarkAnswer[],
  nameOf: (answer: BenchmarkAnswer) => string,
): BenchmarkScore[] {
  return [...groupBy(answers, nameOf)].flatMap(([name, ofName]) =>
    [...groupBy(ofName, ({ view }) => view)].map(([view, ofView]) => scoreOf(name, view, ofView)),
  );
}

function scoreOf(name: string, view: View, answers: readonly BenchmarkAnswer[]): BenchmarkScore {
  const sum = (value: (answer: BenchmarkAnswer) => number): number =>
    answers.reduce((total, answer) => total + value(answer), 0);
  const clips = [...groupBy(answers, ({ sample }) => clipKey(sample)).values()];
  const clusters = clips.map((ofClip) => ({
    count: ofClip.length,
    correct: ofClip.filter(({ correct }) => correct).length,
  }));
  return {
    name,
    view,
    count: answers.length,
    correct: sum(({ correct }) => Number(correct)),
    wellFormed: sum(({ wellFormed }) => Number(wellFormed)),
    chance: sum(({ sample }) => 1 / (sample.options?.length ?? Number.POSITIVE_INFINITY)) / answers.length,
    accuracy: proportionInterval(clusters),
    ...(answers.every(({ question }) => question.detection) && { detection: detectionOf(clips) }),
  };
}

type Counts = Pick<
  Detection,
  | 'truePositives'
  | 'falsePositives'
  | 'falseNegatives'
  | 'trueNegatives'
  | 'unreadPositives'
  | 'unreadNegatives'
>;

const noCounts: Counts = {
  truePositives: 0,
  falsePositives: 0,
  falseNegatives: 0,
  trueNegatives: 0,
  unreadPositives: 0,
  unreadNegatives: 0,
};

function detectionOf(clips: readonly (readonly BenchmarkAnswer[])[]): Detection {
  const ofClips = clips.map((answers) => [total(answers.map(counted))]);
  const counts = total(ofClips.flat());
  const { truePositives: found, falsePositives, falseNegatives, unreadPositives } = counts;
  const called = found + falsePositives;
  const generated = found + falseNegatives + unreadPositives;
  return {
    ...counts,
    precision: called === 0 ? null : found / called,
    recall: generated === 0 ? null : found / generated,
    f1: called + generated === 0 ? null : bootstrapInterval(ofClips, (items) => f1Of(total(items))),
  };
}

/** 0 where a resample has neither a generated clip nor one that was called so. */
function f1Of({ truePositives, falsePositives, falseNegatives, unreadPositives }: Counts): number {
  const all = 2 * truePositives + falsePositives + falseNegatives + unreadPositives;
  return all === 0 ? 0 : (2 * truePositives) / all;
}

function total(items: readonly Counts[]): Counts {
  const sum = { ...noCounts };
  for (const item of items) for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += item[name];
  return sum;
}

/** By what was said, of generated clips and of real ones. */
const outcomes = {
  yes: ['truePositives', 'falsePositives'],
  no: ['falseNegatives', 'trueNegatives'],
  unread: ['unreadPositives', 'unreadNegatives'],
} as const;

function counted({ sample, completion }: BenchmarkAnswer): Counts {
  const { options = [], answer = '' } = sample;
  const named = parseOption(answerText(completion) ?? '', options);
  const said = named === null ? 'unread' : isYes(options[named]) ? 'yes' : 'no';
  return { ...noCounts, [outcomes[said][isYes(answer) ? 0 : 1]]: 1 };
}

const isYes = (text: string): boolean => normaliseAnswer(text) === 'yes';
