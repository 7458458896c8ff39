/**
 * How long a recipe will take on this machine: a few steps of every stage on a throwaway model, times the steps that
 * the stage may make. Nothing of the run depends on it, unless the user caps the time.
 */
import { alignColumns, evaluate, evaluationViews } from '../eval/index.js';
import type { OmniModel } from '../omni/index.js';
import type { TrainerCallback } from '../train/index.js';
import type { Display } from './display.js';
import { Interrupted } from './interrupted.js';
import type { Recipe } from './recipe.js';
import type { RecipeData } from './recipe-data.js';
import {
  answerLimit,
  type TrainedStage,
  trainedStages,
  trainerOf,
  trainingTitles,
  unvalidated,
} from './stages.js';

/** The first steps pay for warming up: the shortest of these many counts, of fewer where they are long. */
const timedSteps = 6;
const timedSeconds = 2;
/** Test samples that are answered to time the others. */
const timedAnswers = 48;

interface StageEstimate {
  name: TrainedStage;
  /** At most; validation may end the stage before. */
  steps: number;
  secondsPerStep: number;
}

export class Estimate {
  readonly stages: readonly StageEstimate[];
  /** Seconds to answer the test samples once, in all views. */
  readonly testSeconds: number;

  constructor(stages: readonly StageEstimate[], testSeconds: number) {
    this.stages = stages;
    this.testSeconds = testSeconds;
  }

  /** Puts a measured pace in place of the estimated one; the paces of later stages change by the same factor. */
  correct(name: TrainedStage, secondsPerStep: number): void {
    const index = this.stages.findIndex((stage) => stage.name === name);
    if (index < 0) return;
    const factor = secondsPerStep / this.stages[index].secondsPerStep;
    for (const stage of this.stages.slice(index)) stage.secondsPerStep *= factor;
  }

  /** Of the stages from `name` on, or of all: training, and answers to the test samples. */
  secondsFrom(name?: TrainedStage): { training: number; tests: number } {
    const first = this.stages.findIndex((stage) => stage.name === name);
    return this.#sum(Math.max(0, first));
  }

  /** Of the stages after `name`, and its own answers. */
  secondsAfter(name: TrainedStage): number {
    const index = this.stages.findIndex((stage) => stage.name === name);
    if (index < 0) return 0;
    const { training, tests } = this.#sum(index + 1);
    return training + tests + this.#testsOf(this.stages[index]);
  }

  #sum(first: number): { training: number; tests: number } {
    const stages = this.stages.slice(first);
    return {
      training: stages.reduce((sum, { steps, secondsPerStep }) => sum + steps * secondsPerStep, 0),
      tests: stages.reduce((sum, stage) => sum + this.#testsOf(stage), 0),
    };
  }

  #testsOf({ name }: StageEstimate): number {
    return name === 'alignment' ? 0 : this.testSeconds;
  }
}

/** Shares the time until `deadline` (as performance.now() tells it) among the stages that remain. */
export class TimeBudget {
  readonly #estimate: Estimate;
  readonly #deadline: number;

  constructor(estimate: Estimate, deadline: number) {
    this.#estimate = estimate;
    this.#deadline = deadline;
  }

  /** Seconds for the training of a stage: its part of what is left, so that all stages are stretched or cut alike. */
  secondsFor(name: TrainedStage): number | undefined {
    const stage = this.#estimate.stages.find((it) => it.name === name);
    if (stage === undefined) return undefined;
    const { training, tests } = this.#estimate.secondsFrom(name);
    // The answers to the test samples cannot be cut.
    const left = Math.max(0, (this.#deadline - performance.now()) / 1000 - tests);
    return (left / Math.max(1e-3, training)) * stage.steps * stage.secondsPerStep;
  }
}

/** Ends a training after so many seconds of this process; one step at least is made. */
export class TimeCap {
  ended = false;
  readonly callback: TrainerCallback;

  constructor(seconds: number) {
    const deadline = performance.now() + 1000 * seconds;
    this.callback = {
      onStepEnd: ({ step, maxSteps }, control) => {
        if (performance.now() < deadline || step >= maxSteps) return;
        this.ended = true;
        control.stop();
      },
    };
  }
}

/** @param model is trained for it: of no other use after */
export async function estimateSeconds(
  recipe: Recipe,
  data: RecipeData,
  model: OmniModel,
  display: Display,
): Promise<Estimate> {
  const names = trainedStages(recipe, data);
  const progress = display.progress('timing a few steps');
  try {
    const stages: StageEstimate[] = [];
    for (const [i, name] of names.entries()) {
      progress.update(i, names.length + 1, trainingTitles[name]);
      const { maxSteps: steps } = trainerOf(name, recipe, data, model);
      const times: number[] = [];
      const { signal } = await trainerOf(name, recipe, data, model, {
        config: { ...unvalidated, maxSteps: timedSteps, maxSeconds: null, outputDir: null },
        callbacks: [
          {
            onStepEnd: ({ seconds }, { stop }) => {
              times.push(seconds);
              if (times.length > 1 && seconds > timedSeconds) stop();
            },
          },
        ],
      }).train();
      if (signal !== null) throw new Interrupted(signal);
      stages.push({ name, steps, secondsPerStep: shortest(times) });
    }
    const all = recipe.compareWithSft ? [...stages, ...comparison(stages)] : stages;
    return new Estimate(all, await testSeconds());
  } finally {
    progress.stop();
  }

  async function testSeconds(): Promise<number> {
    const samples = data.test.slice(0, timedAnswers);
    if (samples.length === 0) return 0;
    const started = performance.now();
    await evaluate(model, samples, { views: ['av'], maxNewTokens: answerLimit(recipe) });
    const seconds = (performance.now() - started) / 1000;
    return (seconds * data.test.length * evaluationViews.length) / samples.length;
  }
}

/** The shortest time between two of these. */
function shortest(times: readonly number[]): number {
  return times.slice(1).reduce((least, time, i) => Math.min(least, time - times[i]), Infinity);
}

/** SFT for as long as GRPO takes, at SFT's pace. */
function comparison(stages: readonly StageEstimate[]): StageEstimate[] {
  const [sft, grpo] = ['sft', 'grpo'].map((name) => stages.find((stage) => stage.name === name));
  if (sft === undefined || grpo === undefined) return [];
  const steps = Math.max(1, Math.round((grpo.steps * grpo.secondsPerStep) / sft.secondsPerStep));
  return [{ name: 'sft-continued', steps, secondsPerStep: sft.secondsPerStep }];
}

/**
 * What a user reads before the run: steps and time of each stage, and of all.
 * @param minutes the cap of time, and what it cannot cut
 */
export function estimateText(estimate: Estimate, minutes?: number): string {
  const rows = estimate.stages.map((stage) => [
    trainingTitles[stage.name],
    `${stage.steps}`,
    secondsText(stage.secondsPerStep),
    `${Math.ceil(stage.steps * stage.secondsPerStep)} s`,
  ]);
  const { training, tests } = estimate.secondsFrom();
  const uncut = minutes === undefined ? '' : ' (not capped by --minutes)';
  if (tests > 0) rows.push([`answering the test samples${uncut}`, '', '', `${Math.ceil(tests)} s`]);
  rows.push(['together', '', '', `${Math.ceil((training + tests) / 60)} min`]);
  const table = alignColumns([['estimate for this machine', 'steps, at most', 'a step', 'about'], ...rows]);
  if (minutes === undefined || tests < 60 * minutes) return table;
  return `${table}\nThe answers to the test samples leave no time to train within ${minutes} min: each stage makes one step.`;
}

/** `0.12 s`, `34 s` */
function secondsText(seconds: number): string {
  return `${seconds >= 10 ? seconds.toFixed(0) : seconds.toPrecision(2)} s`;
}
