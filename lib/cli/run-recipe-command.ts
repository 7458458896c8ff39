/** Runs a recipe in front of a user: the final table, where the files lie, time and memory, and how to go on. */
import { join } from 'node:path';
import { formatAccuracy, gain, kindLabel, points } from '../eval/index.js';
import {
  dataFolders,
  type PipelineOptions,
  type Recipe,
  runRecipe,
  type Stage,
  stageAccuracy,
  stageTitle,
  trainingTitles,
} from '../recipe/index.js';
import { writeClips, writeReport } from '../report/index.js';
import { exitCodeOf } from '../train/index.js';
import { terminal } from './display.js';
import { printResumeHint } from './interrupt.js';
import { watchMemory } from './memory.js';

export interface RunRecipeOptions extends Omit<PipelineOptions, 'display' | 'onStages'> {
  /** The command that goes on with an interrupted run. */
  resumeCommand: string;
}

/** @returns the exit code: 0, or 130 or 143 when a signal ended the run */
export async function runRecipeCommand(
  recipe: Recipe,
  { resumeCommand, ...options }: RunRecipeOptions,
): Promise<number> {
  const { log } = terminal;
  const started = performance.now();
  const memory = watchMemory();
  const dispose = printResumeHint(resumeCommand);
  try {
    const { stages, interrupted } = await runRecipe(recipe, {
      ...options,
      display: terminal,
      onStages: (finished) => report(recipe, finished),
    });
    if (interrupted !== null) {
      process.stderr.write(`Saved. Go on with: ${resumeCommand}\n`);
      return exitCodeOf(interrupted);
    }
    const accuracy = stageAccuracy(stages);
    if (accuracy.length > 0) log(`\n${formatAccuracy(accuracy)}\n`);
    for (const line of gains(stages)) log(line);
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

function report(recipe: Recipe, stages: readonly Stage[]): void {
  writeClips(
    recipe.output,
    stages.map((stage) => ({ name: stageTitle(stage), answered: stage.answered })),
  );
  writeReport(recipe.output, { mediaFolders: dataFolders(recipe) });
}

/** `SFT: 640 of 900 steps, 0.75 M tokens, 61 s; ended early: eval_loss is 0.02, target 0.02` */
function trainingText({ name, training }: Stage): string {
  if (training === null) return '';
  const { steps, maxSteps, numTokens, seconds, endedBy, reason } = training;
  const made = `${trainingTitles[name]}: ${steps} of ${maxSteps} steps, ${(numTokens / 1e6).toFixed(2)} M tokens, ${seconds.toFixed(0)} s`;
  if (endedBy === 'time') return `${made}; cut short by the cap of time`;
  return reason === undefined ? made : `${made}; ended early: ${reason}`;
}

/** What GRPO changed, by kind of question, beside what SFT changed in the same time. */
function gains(stages: readonly Stage[]): string[] {
  const answers = (name: Stage['name']) => stages.find((stage) => stage.name === name)?.answered ?? [];
  const before = answers('sft');
  const kinds = [...new Set(before.map(({ sample }) => sample.kind))];
  return (['grpo', 'sft-continued'] as const).flatMap((name) => {
    const after = answers(name);
    if (before.length === 0 || after.length === 0) return [];
    return kinds.flatMap((kind) => {
      const { mean, low, high, count } = gain(before, after, { kind });
      if (count === 0) return [];
      return `${trainingTitles[name]} on ${kind === undefined ? 'all' : kindLabel(kind)}: ${points(mean)} points with both tracks (95 % interval ${points(low)} to ${points(high)}, ${count} questions)`;
    });
  });
}
