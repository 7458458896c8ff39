/**
 * Runs the stages of a recipe in order: captions of moments, SFT on the labelled samples, GRPO on the others, with the
 * test samples answered before and after each. `earsight demo` is this over a generated world.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Answered,
  accuracyTable,
  answerLearning,
  captionLearning,
  evaluate,
  formatAccuracy,
  isAtChance,
  type Learning,
  percent,
  type StageAccuracy,
} from '../eval/index.js';
import {
  BadInputError,
  checkOutputFolder,
  removeLeftovers,
  replaceFile,
  replaceFolder,
} from '../files/index.js';
import { loadWeights, readModelConfig } from '../models/index.js';
import type { ClipStore, OmniModel } from '../omni/index.js';
import { readUserText } from '../runtime/index.js';
import { torch } from '../tensor/index.js';
import { differences, type EndingSignal, type FolderLock } from '../train/index.js';
import { usableSamples, writeSkipped } from './bad-clips.js';
import { type Display, noDisplay } from './display.js';
import { type Estimate, estimateSeconds, estimateText, TimeBudget, TimeCap } from './estimate.js';
import { Interrupted } from './interrupted.js';
import type { Recipe } from './recipe.js';
import { openModel, type RecipeData, readData } from './recipe-data.js';
import { beginRun, lockRunFolder } from './run-folder.js';
import {
  type FinishedStage,
  newestCheckpoint,
  readStage,
  type StageTraining,
  writeStage,
} from './stage-files.js';
import {
  answerLimit,
  type StageName,
  shownMetrics,
  type TrainedStage,
  trainedStages,
  trainerOf,
  trainingTitles,
} from './stages.js';
import { trainingProgress } from './training-progress.js';

/** One finished stage: how it was trained, and what it scored on the test samples. */
export interface Stage extends FinishedStage {
  name: StageName;
}

export interface PipelineResult {
  stages: Stage[];
  /** The signal that ended it, with what it had on disk to go on from. */
  interrupted: EndingSignal | null;
}

export interface PipelineOptions {
  /** Goes on with the stages that the output folder does not hold yet. */
  resume?: boolean;
  /** Replaces the run that the output folder holds. */
  overwrite?: boolean;
  /** Of the output folder, where the caller has it already; released at the end. */
  lock?: FolderLock;
  /**
   * Caps the time of training: the stages share what the answers to the test samples leave, and are cut short by the same
   * factor where it is not enough.
   */
  minutes?: number;
  display?: Display;
  /** Called after each stage with all that are finished, for example to write a report. */
  onStages?: (stages: readonly Stage[]) => void;
}

/** Questions that a fresh model answers: with drawn weights it says noise, at full length, to any number of them. */
const freshQuestions = 96;

/** A stage ended without having learned anything, so the stages after it would train on noise. */
export class ChanceError extends Error {
  override name = 'ChanceError';
}

/** @throws BadInputError, DataError, ChanceError */
export async function runRecipe(
  recipe: Recipe,
  {
    resume = false,
    overwrite = false,
    lock: held,
    minutes,
    display = noDisplay,
    onStages = () => {},
  }: PipelineOptions = {},
): Promise<PipelineResult> {
  const started = performance.now();
  if (recipe.threads !== undefined) torch.setNumThreads(recipe.threads);
  const given = readData(recipe);
  const stages = trainedStages(recipe, given);
  checkOutputFolder('output', recipe.output);
  const lock = lockRunFolder(recipe, { resume, overwrite }, held);
  let pipeline: Pipeline | null = null;
  try {
    const { data, estimate, clips } = await prepareRun(recipe, given, display);
    display.log(estimateText(estimate, minutes));
    const record = beginRun(recipe, stages, { resume, overwrite }, display.log);
    const budget = minutes === undefined ? null : new TimeBudget(estimate, started + 60_000 * minutes);
    const model = await openModel(recipe, given);
    model.processor.clips.adopt(clips);
    pipeline = new Pipeline({ recipe, data, model, display, onStages, record, estimate, budget });
    await pipeline.stage('start');
    for (const name of stages) await pipeline.stage(name);
    if (recipe.compareWithSft) await pipeline.compareWithSft();
    return { stages: pipeline.stages, interrupted: null };
  } catch (error) {
    if (error instanceof Interrupted) return { stages: pipeline?.stages ?? [], interrupted: error.signal };
    throw error;
  } finally {
    await pipeline?.close();
    lock.release();
  }
}

/**
 * Decodes every clip once, so that training waits for none and a bad file shows now, and times a few steps, both with a
 * model that is thrown away.
 */
async function prepareRun(
  recipe: Recipe,
  given: RecipeData,
  display: Display,
): Promise<{ data: RecipeData; estimate: Estimate; clips: ClipStore }> {
  const model = await openModel(recipe, given);
  const { clips } = model.processor;
  try {
    const { data, skipped } = await usableSamples(
      recipe,
      given,
      display.progress('decoding clips'),
      (sample) => clips.features(sample, model.media),
    );
    const list = writeSkipped(recipe.output, skipped);
    if (list !== null)
      display.log(`${skipped.length} samples are left out, their clips cannot be used: ${list}`);
    // Ends the decoding processes: nothing is left for them to do.
    await model.close();
    return { data, estimate: await estimateSeconds(recipe, data, model, display), clips };
  } finally {
    model.graph.dispose();
    await model.close();
  }
}

interface PipelineParts {
  recipe: Recipe;
  data: RecipeData;
  model: OmniModel;
  display: Display;
  onStages: (stages: readonly Stage[]) => void;
  /** Writes down with what recipe the run goes on. */
  record: () => void;
  estimate: Estimate;
  /** Null: no cap of time. */
  budget: TimeBudget | null;
}

class Pipeline {
  readonly stages: Stage[] = [];

  private readonly recipe: Recipe;
  private readonly data: RecipeData;
  private readonly model: OmniModel;
  private readonly display: Display;
  private readonly onStages: (stages: readonly Stage[]) => void;
  private readonly recordRecipe: () => void;
  private readonly estimate: Estimate;
  private readonly budget: TimeBudget | null;

  constructor({ recipe, data, model, display, onStages, record, estimate, budget }: PipelineParts) {
    this.recipe = recipe;
    this.data = data;
    this.model = model;
    this.display = display;
    this.onStages = onStages;
    this.recordRecipe = record;
    this.estimate = estimate;
    this.budget = budget;
  }

  /** Trains (unless it is the start) and answers the test samples; a stage that the folder holds is read instead. */
  async stage(name: StageName, config: object = {}): Promise<void> {
    const folder = join(this.recipe.output, name);
    let finished = readStage(folder, this.data.test);
    if (finished === null) {
      if (name === 'start') this.recordRecipe();
      const training = name === 'start' ? null : await this.train(name, folder, config);
      finished = { training, answered: await this.answer(name, training) };
      writeStage(folder, finished);
    } else if (name !== 'start') {
      this.loadWeights(name);
    }
    this.stages.push({ name, ...finished });
    this.record();
  }

  /** SFT from the model before GRPO for as long as GRPO took, at SFT's pace. */
  async compareWithSft(): Promise<void> {
    const [sft, grpo] = ['sft', 'grpo'].map(
      (name) => this.stages.find((stage) => stage.name === name)?.training,
    );
    if (!sft || !grpo) return;
    this.loadWeights('sft');
    const steps = Math.max(1, Math.round((grpo.seconds * sft.steps) / sft.seconds));
    await this.stage('sft-continued', { maxSteps: steps });
  }

  close(): Promise<void> {
    return this.model.close();
  }

  private async train(name: TrainedStage, folder: string, config: object): Promise<StageTraining> {
    const resumeFrom = newestCheckpoint(folder);
    if (resumeFrom === undefined && existsSync(folder))
      this.display.log(`${trainingTitles[name]}: ${folder} has no checkpoint yet: the stage starts anew`);
    const cap = new TimeCap(this.budget?.secondsFor(name) ?? Infinity);
    const trainer = trainerOf(name, this.recipe, this.data, this.model, {
      // The run's folder is locked, and what the stage's holds is of this run.
      config: { ...config, outputDir: folder, overwriteOutputDir: true },
      callbacks: [
        { onTrainBegin: this.recordRecipe },
        cap.callback,
        trainingProgress(this.display, trainingTitles[name], shownMetrics[name]),
      ],
    });
    const { state, signal, endedBy, reason } = await trainer.train({ resumeFrom });
    if (signal !== null) throw new Interrupted(signal);
    removeLeftovers(folder, /^model$/);
    await replaceFolder(join(folder, 'model'), async (partial) => this.model.savePretrained(partial));
    const { step, maxSteps, seconds, numTokens } = state;
    await this.requireLearning(name, folder);
    this.estimate.correct(name, seconds / Math.max(1, step));
    const left = this.estimate.secondsAfter(name);
    if (left > 0) this.display.log(`about ${Math.ceil(left / 60)} min left`);
    return { steps: step, maxSteps, seconds, numTokens, endedBy: cap.ended ? 'time' : endedBy, reason };
  }

  /** @throws ChanceError when the stage answers its validation samples no better than a guess from the text */
  private async requireLearning(name: TrainedStage, folder: string): Promise<void> {
    // Nothing comes after the stage that is only compared with.
    if (!this.recipe.stopAtChance || name === 'sft-continued') return;
    const learning = await this.learning(name);
    if (learning === null) return;
    const { accuracy, chance, low, high, count } = learning;
    const found =
      `${percent(accuracy)} of ${count} held-out answers are right, ${percent(chance)} by guessing ` +
      `(difference ${percent(low)} to ${percent(high)})`;
    if (isAtChance(learning)) {
      throw new ChanceError(
        `${trainingTitles[name]} ended at chance: ${found}. The model does not use its clips yet, and later stages ` +
          `would train on noise. Give it more steps (${name}.maxSteps) or another learning rate, remove ${folder} and ` +
          "go on with --resume; or go on with the stage as it is: 'stopAtChance: false' and --resume.",
      );
    }
    this.display.log(`${trainingTitles[name]}: ${found}`);
  }

  /** What the model has learned by its validation samples, or null where there are none. */
  private async learning(name: TrainedStage): Promise<Learning | null> {
    const { moments, momentsValidation, labelled, answered, validation } = this.data;
    if (name === 'alignment')
      return momentsValidation.length === 0 ? null : captionLearning(this.model, momentsValidation, moments);
    if (validation.length === 0) return null;
    const answers = await evaluate(this.model, validation, {
      views: ['av'],
      maxNewTokens: answerLimit(this.recipe),
    });
    return answerLearning(answers, [...labelled, ...answered]);
  }

  /** Goes on with the weights that a finished stage saved. @throws BadInputError when they are of another model */
  private loadWeights(name: StageName): void {
    const folder = join(this.recipe.output, name, 'model');
    const { config } = readModelConfig(folder);
    const other = differences(config, this.model.graph.config).map(([field]) => field);
    if (readUserText(join(folder, 'tokenizer.json'), { maxBytes: 2 ** 28 }) !== this.model.tokenizer.json)
      other.push('tokenizer');
    if (other.length > 0) {
      throw new BadInputError(
        `${folder} holds a model that differs from the recipe's in ${other.join(', ')}: the recipe's model or samples have ` +
          'changed since the stage ended. Resume with what the run began with, or begin anew: --overwrite, or another output',
      );
    }
    loadWeights(this.model.graph, folder);
  }

  private async answer(name: StageName, training: StageTraining | null): Promise<Answered[]> {
    // Aligned, a model describes moments; it has not seen a question yet.
    if (name === 'alignment') return [];
    const { test } = this.data;
    const fresh = name === 'start' && typeof this.recipe.model !== 'string';
    const samples = fresh ? test.slice(0, freshQuestions) : test;
    if (samples.length === 0) return [];
    const progress = this.display.progress(`test, ${stageTitle({ name, training })}`);
    const answered = await evaluate(this.model, samples, {
      maxNewTokens: answerLimit(this.recipe),
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    this.display.log(
      formatAccuracy([{ stage: stageTitle({ name, training }), accuracy: accuracyTable(answered) }]),
    );
    return answered;
  }

  /** What the folder says of the stages so far. */
  private record(): void {
    const { output } = this.recipe;
    const accuracy = stageAccuracy(this.stages);
    replaceFile(join(output, 'accuracy.json'), `${JSON.stringify(accuracy, null, 2)}\n`);
    if (accuracy.length === 0 && this.stages.length < 2) return;
    this.onStages(this.stages);
  }
}

/** Where a recipe's samples lie, and below that their clips. */
export function dataFolders({ data, moments, momentsValidation, validation, test }: Recipe): string[] {
  return [data, moments, momentsValidation, validation, test].flatMap((file) =>
    file === undefined ? [] : dirname(file),
  );
}

/** How the table names a stage; one that time cut short says so. */
export function stageTitle({ name, training }: Pick<Stage, 'name' | 'training'>): string {
  if (name === 'start') return 'before training';
  return `after ${trainingTitles[name]}${training?.endedBy === 'time' ? ' (cut short)' : ''}`;
}

export function stageAccuracy(stages: readonly Stage[]): StageAccuracy[] {
  return stages
    .filter(({ answered }) => answered.length > 0)
    .map((stage) => ({ stage: stageTitle(stage), accuracy: accuracyTable(stage.answered) }));
}
