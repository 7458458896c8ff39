// Evaluation during GRPO: greedy answers and sampled completions of held-out samples, in each of the views that are asked for.

import { passAtK } from '../../algorithms/index.js';
import { type Completion, hasMedia, nameSamples, type Sample, type View } from '../../data/index.js';
import { instructed, isCorrect, type Protocol, type RewardFunc } from '../../rewards/index.js';
import { EncodedMedia } from '../../rollout/index.js';
import { scope } from '../../tensor/index.js';
import { chunks } from '../chunks.js';
import type { FieldProblem, GRPOConfig } from '../config.js';
import { promptsIn, type TrainableModel } from '../model.js';
import type { StepMetrics } from '../training-loop.js';
import { sampleViews, samplingParams } from './collect.js';
import { type RewardedGroup, withoutPrompt } from './groups.js';
import { completionMetrics, rewardMetrics } from './metrics.js';
import { score } from './score.js';

interface Parts {
  model: TrainableModel;
  config: GRPOConfig;
  rewardFuncs: readonly RewardFunc[];
  /** That rewards score and compare. */
  rewardViews: readonly View[];
  protocol: Protocol;
}

/** What the answers to one sample were worth in a view. */
interface Answers {
  view: View;
  /** Of the sample. */
  kind: string | undefined;
  /** Of the greedy one. */
  isRight: boolean;
  /** Of those that were sampled. */
  right: number;
}

/** A file may give every sample a kind of its own. */
const mostKinds = 16;

/**
 * Metrics by name, without `eval_`: `accuracy` of greedy answers to samples that have an answer; `mean@n` and `pass@k` of n sampled
 * ones, and what a step reports of completions and rewards. `/v`, `/a` and `/none` after a name: in that view;
 * `accuracy/<view>/<kind>`: of the samples of a kind.
 */
export async function evaluateSamples(
  parts: Parts,
  dataset: readonly Sample[],
  step: number,
): Promise<StepMetrics> {
  const { config, rewardFuncs, rewardViews } = parts;
  const { numGenerations, perDeviceTrainBatchSize, gradientAccumulationSteps, evalViews } = config;
  const n = config.numGenerationsEval ?? numGenerations;
  const views = new Set([...rewardViews, ...evalViews]).size;
  // As many completions at once as a step samples.
  const completions = perDeviceTrainBatchSize * gradientAccumulationSteps;
  const size = Math.max(1, Math.floor(completions / (Math.max(1, n) * views)));
  const groups: RewardedGroup[] = [];
  const answers: Answers[] = [];
  for (const samples of chunks(dataset, size)) {
    const evaluated = await scope(() => evaluateBatch(parts, samples, n, step)).catch((error) => {
      throw nameSamples(error, samples);
    });
    for (const group of evaluated.groups) groups.push(group);
    for (const ofSample of evaluated.answers) answers.push(ofSample);
  }
  return {
    ...Object.fromEntries(evalViews.flatMap((view) => answerMetrics(answers, view, n))),
    ...(n === 0 ? {} : { ...completionMetrics(groups), ...rewardMetrics(rewardFuncs, groups) }),
  };
}

async function evaluateBatch(
  { model, config, rewardFuncs, rewardViews, protocol }: Parts,
  samples: readonly Sample[],
  n: number,
  step: number,
): Promise<{ groups: RewardedGroup[]; answers: Answers[] }> {
  const { evalViews, seed } = config;
  const isAsked = samples.some(({ answer }) => answer !== undefined);
  const asked = isAsked ? evalViews : [];
  const sampled = n === 0 ? [] : [...new Set([...rewardViews, ...asked])];
  const occurrences = samples.map(() => 0);
  const views = [...new Set([...asked, ...sampled])];
  if (views.length === 0) return { groups: [], answers: [] };
  const instructedSamples = samples.map((sample) => instructed(sample, protocol));
  const prompts = await model.prepare(instructedSamples, { views, occurrences, seed });
  const media = new EncodedMedia(model.graph);
  const params = samplingParams(config);
  const drawn = await sampleViews(model, prompts, sampled, { ...params, numGenerations: n }, media, protocol);
  const greedy = {
    ...params,
    temperature: 0,
    topP: 1,
    topK: 0,
    minP: 0,
    repetitionPenalty: 1,
    numGenerations: 1,
  };
  const likeliest = await sampleViews(model, prompts, asked, greedy, media, protocol);
  const answers = asked.flatMap((view, v) =>
    samples.flatMap((sample, i): Answers[] => {
      // A sample without a clip is the same in all views.
      if (sample.answer === undefined || (v > 0 && !hasMedia(sample))) return [];
      const right = (completions: readonly Completion[] = []): number =>
        completions.filter(({ text }) => isCorrect(text, sample) === true).length;
      const isRight = right(likeliest[view]?.[i]) > 0;
      return [{ view, kind: sample.kind, isRight, right: right(drawn[view]?.[i]) }];
    }),
  );
  if (n === 0) return { groups: [], answers };
  const completions = Object.fromEntries(rewardViews.map((view) => [view, drawn[view]]));
  const rollouts = {
    samples,
    occurrences,
    prompts: promptsIn('av', prompts),
    completions: completions as { av: Completion[][] },
  };
  const { groups } = await score(rewardFuncs, { ...config, numGenerations: n }, rollouts, step);
  return { groups: groups.map(withoutPrompt), answers };
}

type Worth = (answers: Answers) => number;

const isRight: Worth = (answers) => Number(answers.isRight);

/** What answers to a sample are worth, by the metric whose mean it is; n were sampled. */
function answerWorths(n: number): [metric: string, worth: Worth][] {
  return [
    ['accuracy', isRight],
    ...(n > 0 ? [[`mean@${n}`, ({ right }) => right / n] satisfies [string, Worth]] : []),
    ...tries(n).map((k): [string, Worth] => [`pass@${k}`, ({ right }) => passAtK(n, right, k)]),
  ];
}

const inView = (metric: string, view: View): string => (view === 'av' ? metric : `${metric}/${view}`);

/** None where no sample of the view has an answer. */
function answerMetrics(answers: readonly Answers[], view: View, n: number): [string, number][] {
  const ofView = answers.filter((answer) => answer.view === view);
  if (ofView.length === 0) return [];
  return [
    ...answerWorths(n).map(([metric, worth]): [string, number] => [
      inView(metric, view),
      mean(ofView, worth),
    ]),
    ...kindMetrics(ofView, view),
  ];
}

/** Greedy accuracy of each kind, where kinds are few enough to be curves. */
function kindMetrics(answers: readonly Answers[], view: View): [string, number][] {
  const kinds = new Set(answers.flatMap(({ kind }) => kind ?? []));
  if (kinds.size < 2 || kinds.size > mostKinds) return [];
  return [...kinds].map((kind) => [
    `accuracy/${view}/${kind}`,
    mean(
      answers.filter((answer) => answer.kind === kind),
      isRight,
    ),
  ]);
}

function mean(answers: readonly Answers[], worth: Worth): number {
  return answers.reduce((sum, answer) => sum + worth(answer), 0) / answers.length;
}

/** The powers of two from 2 to n, and n. */
function tries(n: number): number[] {
  const powers = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024].filter((k) => k < n);
  return n < 2 ? [] : [...powers, n];
}

/** A setting of evaluations where no samples are evaluated. @param hasSamples whether there is an evalDataset */
export function idleEvaluationSetting(
  { evalSteps, evalOnStart, evalViews, numGenerationsEval }: GRPOConfig,
  hasSamples: boolean,
): FieldProblem | null {
  if (hasSamples && (evalSteps !== null || evalOnStart)) return null;
  const isSet = {
    evalViews: evalViews.some((view) => view !== 'av'),
    numGenerationsEval: numGenerationsEval !== null,
  };
  const field = (['evalViews', 'numGenerationsEval'] as const).find((name) => isSet[name]);
  const samples = hasSamples ? '' : ' and an evalDataset (in a recipe: validation samples)';
  const problem = `no samples are evaluated during training; give evalSteps${samples}, or leave it out`;
  return field === undefined ? null : { field, problem };
}

/** The names of what `evaluateSamples` may report of all samples, with `eval_`. */
export function evaluatedMetrics(
  { numGenerationsEval, numGenerations, evalViews }: GRPOConfig,
  rewardNames: readonly string[],
): string[] {
  const n = numGenerationsEval ?? numGenerations;
  const names = evalViews.flatMap((view) => answerWorths(n).map(([metric]) => inView(metric, view)));
  const ofRewards = rewardNames.flatMap((name) => [`rewards/${name}/mean`, `rewards/${name}/std`]);
  return [...names, ...(n > 0 ? ['reward', 'reward_std', ...ofRewards] : [])].map((name) => `eval_${name}`);
}
