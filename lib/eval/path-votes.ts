/**
 * One answer of several sampled paths, and how often it is right: the answer that most of them give, or that of the path which a
 * scorer rates highest. Each says how many rollouts it took.
 */
import { clipKey, normaliseAnswer, type PathRecord, parseOption, type Sample } from '../data/index.js';
import {
  type PathScorer,
  pathScores,
  type SamplePathsOptions,
  type StepReduction,
  samplePaths,
  samplePathsKinds,
  stepReductions,
} from '../process/index.js';
import { groupBy } from '../runtime/index.js';
import { checkOptions, kinds, oneOf, required } from '../tensor/index.js';
import { bootstrapInterval, type Interval } from './intervals.js';

type SamplingOptions = Partial<Omit<SamplePathsOptions, 'samples' | 'numPaths' | 'onRecords'>>;

export interface MajorityVoteOptions extends SamplingOptions {
  samples: readonly Sample[];
  /** Paths of each sample. Default 20. */
  n?: number;
  /** Paths that were sampled before: the first n of each sample are taken. Left out: `model` samples them. */
  paths?: readonly PathRecord[];
}

export interface BestOfNOptions extends MajorityVoteOptions {
  scorer: PathScorer;
  /** How the scores of steps make one of the path. Default 'min'. */
  reduction?: StepReduction;
}

/** The path whose answer is given to a sample. */
export interface ChosenPath {
  sample: Sample;
  /** Null: none could be chosen, which counts as wrong. */
  path: PathRecord | null;
  correct: boolean;
  /** Of the path: its votes, or its score. */
  rating: number;
}

export interface PathChoice {
  /** Fraction of right answers; the interval is over clips. */
  accuracy: Interval;
  chosen: ChosenPath[];
  /** Paths that were chosen among. */
  rollouts: number;
  /** Tokens that were sampled for them. */
  tokens: number;
}

const { samples, numPaths: _, onRecords: __, ...samplingKinds } = samplePathsKinds;
const voteKinds = { samples, n: kinds.countFrom1, paths: kinds.list, ...samplingKinds, model: kinds.object };
const bestKinds = {
  ...voteKinds,
  scorer: required(kinds.function),
  reduction: oneOf(...stepReductions),
};

/** The answer of most of n paths; of equally many, the one that was given first. Paths without an answer do not vote. */
export async function majorityVote(options: MajorityVoteOptions): Promise<PathChoice> {
  checkOptions('majorityVote', options, voteKinds);
  const groups = await pathsOf('majorityVote', options);
  return choiceOf(
    groups.map(({ sample, paths }) => {
      const votes = groupBy(
        paths.filter(({ answer }) => answer !== ''),
        ({ answer }) => answerKey(answer, sample),
      );
      // The first of equals stays: groups stand in the order of their first answers.
      const most = [...votes.values()].reduce<PathRecord[]>(
        (best, same) => (same.length > best.length ? same : best),
        [],
      );
      return { sample, paths, path: most[0] ?? null, rating: most.length };
    }),
  );
}

/** The answer of the best of n paths by the scores of a reward model; of equally good ones, the first. */
export async function bestOfN(given: BestOfNOptions): Promise<PathChoice> {
  checkOptions('bestOfN', given, bestKinds);
  const { scorer, reduction = 'min', ...options } = given;
  const groups = await pathsOf('bestOfN', options);
  const all = groups.flatMap(({ sample, paths }) => paths.map((record) => ({ sample, record })));
  const batch = { samples: all.map(({ sample }) => sample), paths: all.map(({ record }) => record.path) };
  const scores = await pathScores('bestOfN', scorer, batch, reduction);
  const scoreOf = new Map(all.map(({ record }, i) => [record, scores[i]]));
  return choiceOf(
    groups.map(({ sample, paths }) => {
      const [first = null] = paths;
      const rating = (path: PathRecord | null) => (path === null ? 0 : (scoreOf.get(path) as number));
      const path = paths.reduce((best, other) => (rating(other) > rating(best) ? other : best), first);
      return { sample, paths, path, rating: rating(path) };
    }),
  );
}

interface SamplePaths {
  sample: Sample;
  paths: PathRecord[];
}

/** At most n paths of each sample. @throws TypeError, and RangeError for paths that are missing */
async function pathsOf(
  op: string,
  { samples, n = 20, paths, ...sampling }: MajorityVoteOptions,
): Promise<SamplePaths[]> {
  if (samples.length === 0) throw new RangeError(`${op}: samples is empty; give at least one`);
  const { model, ...settings } = sampling;
  if ((paths === undefined) === (model === undefined))
    throw new TypeError(`${op}: expected either paths or the model that samples them`);
  const [useless] = Object.entries(settings).filter(([, value]) => value !== undefined);
  if (model === undefined && useless !== undefined)
    throw new TypeError(`${op}: ${useless[0]}: is of the sampling of paths, which are given; leave it out`);
  const found =
    model === undefined ? (paths ?? []) : await samplePaths({ ...settings, model, samples, numPaths: n });
  const bySample = groupBy(found, ({ sampleId }) => sampleId);
  const groups = samples.map((sample) => ({ sample, paths: (bySample.get(sample.id) ?? []).slice(0, n) }));
  const short = groups.find((group) => paths !== undefined && group.paths.length < n);
  if (short === undefined) return groups;
  throw new RangeError(
    `${op}: paths: sample '${short.sample.id}' has ${short.paths.length}, expected ${n} of each sample; sample more, or give ` +
      'a smaller n',
  );
}

/** The same for answers that mean the same. */
function answerKey(answer: string, { options }: Sample): string {
  const index = options === undefined ? null : parseOption(answer, options);
  return index === null ? normaliseAnswer(answer) : `option ${index}`;
}

function choiceOf(choices: readonly (SamplePaths & Pick<ChosenPath, 'path' | 'rating'>)[]): PathChoice {
  const chosen = choices.map(
    ({ sample, path, rating }): ChosenPath => ({ sample, path, rating, correct: path?.correct ?? false }),
  );
  const all = choices.flatMap(({ paths }) => paths);
  const clips = groupBy(chosen, ({ sample }) => clipKey(sample));
  return {
    accuracy: bootstrapInterval(
      [...clips.values()],
      (answers) => answers.filter(({ correct }) => correct).length / answers.length,
    ),
    chosen,
    rollouts: all.length,
    tokens: all.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}
