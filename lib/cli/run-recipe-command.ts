/** Runs a recipe in front of a user: the final table, where the files lie, time and memory, and how to go on. */
import { join } from 'node:path';
import { formatAccuracy, gain, kindLabel, points } from '../eval/index.js';
import {
  dataFolders,
  type FinishedStage,
  finishedTitle,
  type Recipe,
  type RunRecipeOptions,
  runRecipe,
  stageAccuracy,
  startOf,
  titleOf,
} from '../recipe/index.js';
import { writeClips, writeReport } from '../report/index.js';
import { exitCodeOf } from '../train/index.js';
import { terminal } from './display.js';
import { printResumeHint } from './interrupt.js';
import { watchMemory } from './memory.js';

export interface RunRecipeCommandOptions extends Omit<RunRecipeOptions, 'display' | 'onStages'> {
  /** The command that goes on with an interrupted run. */
  resumeCommand: string;
}

/** @returns the exit code: 0, or 130 or 143 when a signal ended the run */
export async function runRecipeCommand(
  recipe: Recipe,
  { resumeCommand, ...options }: RunRecipeCommandOptions,
): Promise<number> {
  const { log } = terminal;
  const started = performance.now();
  const memory = watchMemory();
  const dispose = printResumeHint(resumeCommand);
  try {
    const { stages, interrupted } = await runRecipe(recipe, {
      ...options,
      display: terminal,
      onStages: (finished) => writeRunReport(recipe, finished),
    });
    if (interrupted !== null) {
      process.stderr.write(`Saved. Go on with: ${resumeCommand}\n`);
      return exitCodeOf(interrupted);
    }
    const accuracy = stageAccuracy(stages);
    if (accuracy.length > 0) log(`\n${formatAccuracy(accuracy)}\n`);
    for (const line of gains(recipe, stages)) log(line);
    for (const stage of stages) if (stage.training !== null) log(trainingText(stage));
    log(
      `in all ${((performance.now() - started) / 1000).toFixed(0)} s, at most ${(memory.peakBytes / 2 ** 30).toFixed(2)} GiB`,
    );
    log(`report: ${join(recipe.output, 'report.html')}`);
    return 0;
  } finally {
    dispose();
    memory.stop();
  }
}

function writeRunReport(recipe: Recipe, stages: readonly FinishedStage[]): void {
  writeClips(
    recipe.output,
    stages.map((stage) => ({ name: finishedTitle(stage), answered: stage.answered })),
  );
  writeReport(recipe.output, { mediaFolders: dataFolders(recipe), dataFiles: [recipe.data] });
}

/** `SFT: 640 of 900 steps, 0.75 M tokens, 61 s; ended early: eval_loss is 0.02, target 0.02` */
function trainingText({ title, training }: FinishedStage): string {
  if (training === null) return '';
  const { steps, maxSteps, numTokens, seconds, endedBy, reason } = training;
  const made = `${title}: ${steps} of ${maxSteps} steps, ${(numTokens / 1e6).toFixed(2)} M tokens, ${seconds.toFixed(0)} s`;
  if (endedBy === 'time') return `${made}; cut short by the cap of time`;
  return reason === undefined ? made : `${made}; ended early: ${reason}`;
}

/** What stages gained over the model that they started from, by kind of question. */
function gains(recipe: Recipe, stages: readonly FinishedStage[]): string[] {
  const answers = (name = 'start') => stages.find((stage) => stage.name === name)?.answered ?? [];
  return recipe.stages
    .filter(({ stage }) => stage.reportsGain)
    .flatMap((use) => {
      const before = answers(startOf(use, recipe)?.name);
      const after = answers(use.name);
      if (before.length === 0 || after.length === 0) return [];
      const kinds = [...new Set(before.map(({ sample }) => sample.kind))];
      return kinds.flatMap((kind) => {
        const { mean, low, high, count } = gain(before, after, { kind });
        if (count === 0) return [];
        return `${titleOf(use)} on ${kind === undefined ? 'all' : kindLabel(kind)}: ${points(mean)} points with both tracks (95 % interval ${points(low)} to ${points(high)}, ${count} questions)`;
      });
    });
}
