/**
 * How long a recipe will take on this machine: a few steps of every stage on a throwaway model, times the steps that
 * the stage may make. Nothing of the run depends on it, unless the user caps the time.
 */
import { alignColumns, countAnswers, evaluate } from '../eval/index.js';
import type { OmniModel } from '../omni/index.js';
import type { Display } from './display.js';
import { Interrupted } from './interrupted.js';
import { recipeProtocol } from './protocol.js';
import type { RecipeSamples } from './samples.js';
import {
  answerLimit,
  type Pace,
  type Recipe,
  type StageContext,
  type StageEstimate,
  titleOf,
} from './stage.js';
import { beginAdapter } from './stage-adapter.js';

/** The first steps pay for warming up: the shortest of these many counts, of fewer where they are long. */
const timedSteps = 6;
const timedSeconds = 2;
/** Test samples that are answered to time the others. */
const timedAnswers = 48;

export class Estimate {
  readonly stages: readonly StageEstimate[];
  /** Seconds to answer the test samples once, in all views. */
  readonly testSeconds: number;

  constructor(stages: readonly StageEstimate[], testSeconds: number) {
    this.stages = stages;
    this.testSeconds = testSeconds;
  }

  /** Puts a measured pace in place of the estimated one; the paces of later stages change by the same factor. */
  correct(name: string, secondsPerStep: number): void {
    const index = this.stages.findIndex((stage) => stage.name === name);
    if (index < 0) return;
    const factor = secondsPerStep / this.stages[index].secondsPerStep;
    for (const stage of this.stages.slice(index)) stage.secondsPerStep *= factor;
  }

  /** Of the stages from `name` on, or of all: training, and answers to the test samples. */
  secondsFrom(name?: string): { training: number; tests: number } {
    const first = this.stages.findIndex((stage) => stage.name === name);
    return this.#sum(Math.max(0, first));
  }

  /** Of the stages after `name`, and its own answers. */
  secondsAfter(name: string): number {
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

  #testsOf({ answersQuestions }: StageEstimate): number {
    return answersQuestions ? this.testSeconds : 0;
  }
}

/** @param model is trained for it: of no other use after */
export async function estimateSeconds(
  recipe: Recipe,
  samples: RecipeSamples,
  model: OmniModel,
  display: Display,
): Promise<Estimate> {
  const progress = display.progress('timing a few steps');
  try {
    const stages: StageEstimate[] = [];
    for (const [i, use] of recipe.stages.entries()) {
      progress.update(i, recipe.stages.length + 1, titleOf(use));
      const { stage, name } = use;
      const pace = stage.estimate
        ? stage.estimate(use, recipe, stages)
        : await timed({ recipe, use, samples, model, finished: [] });
      if (pace === null) continue;
      stages.push({ name, title: titleOf(use), ...pace, answersQuestions: stage.answersQuestions });
    }
    return new Estimate(stages, await testSeconds(recipe, samples, model));
  } finally {
    progress.stop();
  }
}

/** Steps of a stage and the time of one, or null where it does not say its steps. */
async function timed(context: StageContext): Promise<Pace | null> {
  const { stage } = context.use;
  const steps = await stage.steps?.(context);
  if (steps === undefined) return null;
  const times: number[] = [];
  const callbacks = [
    {
      onStepEnd: ({ seconds }: { seconds: number }, { stop }: { stop(): void }) => {
        times.push(seconds);
        if (times.length > 1 && seconds > timedSeconds) stop();
      },
    },
  ];
  if (stage.outputs.includes('model')) beginAdapter(context.model, context.use, context.recipe);
  const trial = await stage.run(context, { folder: null, maxSteps: timedSteps, callbacks });
  if (trial.signal !== null) throw new Interrupted(trial.signal);
  return {
    steps,
    secondsPerStep: times.length > 1 ? shortest(times) : trial.seconds / Math.max(1, trial.steps),
  };
}

async function testSeconds(recipe: Recipe, { test }: RecipeSamples, model: OmniModel): Promise<number> {
  const samples = test.slice(0, timedAnswers);
  if (samples.length === 0) return 0;
  const started = performance.now();
  await evaluate(model, samples, {
    views: ['av'],
    maxNewTokens: answerLimit(recipe),
    protocol: recipeProtocol(recipe),
  });
  const seconds = (performance.now() - started) / 1000;
  return (seconds * countAnswers(test)) / samples.length;
}

/** The shortest time between two of these. */
function shortest(times: readonly number[]): number {
  return times.slice(1).reduce((least, time, i) => Math.min(least, time - times[i]), Infinity);
}

/**
 * What a user reads before the run: steps and time of each stage, and of all.
 * @param minutes the cap of time, and what it cannot cut
 */
export function estimateText(estimate: Estimate, minutes?: number): string {
  const rows = estimate.stages.map(({ title, steps, secondsPerStep }) => [
    title,
    `${steps}`,
    secondsText(secondsPerStep),
    `${Math.ceil(steps * secondsPerStep)} s`,
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
