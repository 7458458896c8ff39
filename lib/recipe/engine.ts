/**
 * Runs the stages of a recipe in order, with the test samples answered before and after. It knows stages through their
 * shape alone. `earsight demo` is this over a synthetic dataset.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Answered, accuracyTable, evaluate, formatAccuracy, type StageAccuracy } from '../eval/index.js';
import { checkOutputFolder, replaceFile, replaceFolder } from '../files/index.js';
import type { ClipStore, OmniModel } from '../omni/index.js';
import { torch } from '../tensor/index.js';
import type { EndingSignal, FolderLock } from '../train/index.js';
import { usableSamples, writeSkipped } from './bad-clips.js';
import { type Display, noDisplay } from './display.js';
import { type Estimate, estimateSeconds, estimateText } from './estimate.js';
import { Interrupted } from './interrupted.js';
import { requireLearning } from './learning-check.js';
import { loadStageModel, loadStartModel } from './load-stage-model.js';
import { openModel } from './open-model.js';
import { recipeProtocol } from './protocol.js';
import { readRecipeSamples } from './read-samples.js';
import { beginRun, lockRunFolder } from './run-folder.js';
import type { RecipeSamples } from './samples.js';
import {
  answerLimit,
  type FinishedStage,
  finishedTitle,
  type Recipe,
  type StageContext,
  type StageTraining,
  type StageUse,
  stageNotes,
  startOf,
  titleOf,
} from './stage.js';
import { baseFolder, beginAdapter, endAdapter, keepsAdapter, trainedFolder } from './stage-adapter.js';
import { missingOutput, newestCheckpoint, readStage, writeStage } from './stage-files.js';
import { TimeBudget, TimeCap } from './time-budget.js';
import { trainingProgress } from './training-progress.js';

export interface RecipeResult {
  stages: FinishedStage[];
  /** The signal that ended it, with what it had on disk to go on from. */
  interrupted: EndingSignal | null;
}

export interface RunRecipeOptions {
  /** Goes on with the stages that the output folder does not hold yet. */
  resume?: boolean;
  /** Replaces the run that the output folder holds. */
  overwrite?: boolean;
  /** Of the output folder, where the caller has it already; released at the end. */
  lock?: FolderLock;
  /**
   * Caps the time of training: the stages divide what the answers to the test samples leave, and are cut short by the
   * same factor where it is not enough.
   */
  minutes?: number;
  display?: Display;
  /** Called after each stage with all that are finished, for example to write a report. */
  onStages?: (stages: readonly FinishedStage[]) => void;
}

/** Questions that a fresh model answers: with drawn weights it says noise, at full length, to any number of them. */
const freshQuestions = 96;

/** @throws BadInputError, DataError, ChanceError */
export async function runRecipe(recipe: Recipe, options: RunRecipeOptions = {}): Promise<RecipeResult> {
  const started = performance.now();
  const { resume = false, overwrite = false, minutes, display = noDisplay, onStages = () => {} } = options;
  if (recipe.threads !== undefined) torch.setNumThreads(recipe.threads);
  const given = readRecipeSamples(recipe, display.log);
  for (const line of stageNotes(recipe, given)) display.log(line);
  checkOutputFolder('output', recipe.output);
  const lock = lockRunFolder(recipe, { resume, overwrite }, options.lock);
  let engine: Engine | null = null;
  try {
    const { samples, estimate, clips } = await prepareRun(recipe, given, display);
    display.log(estimateText(estimate, minutes));
    const record = beginRun(recipe, { resume, overwrite }, display.log);
    const budget = minutes === undefined ? null : new TimeBudget(estimate, started + 60_000 * minutes);
    const model = await openModel(recipe, given, display);
    model.processor.clips.adopt(clips);
    engine = new Engine({ recipe, samples, model, display, onStages, record, estimate, budget });
    await engine.begin();
    for (const use of recipe.stages) await engine.stage(use);
    return { stages: engine.finished, interrupted: null };
  } catch (error) {
    if (error instanceof Interrupted) return { stages: engine?.finished ?? [], interrupted: error.signal };
    throw error;
  } finally {
    await engine?.close();
    lock.release();
  }
}

/**
 * Decodes every clip once, so that training waits for none and a bad file shows now, and times a few steps, both with a
 * model that is thrown away.
 */
async function prepareRun(
  recipe: Recipe,
  given: RecipeSamples,
  display: Display,
): Promise<{ samples: RecipeSamples; estimate: Estimate; clips: ClipStore }> {
  const model = await openModel(recipe, given, display);
  const { clips } = model.processor;
  try {
    const { samples, skipped } = await usableSamples(
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
    return { samples, estimate: await estimateSeconds(recipe, samples, model, display), clips };
  } finally {
    model.graph.dispose();
    await model.close();
  }
}

interface EngineParts {
  recipe: Recipe;
  samples: RecipeSamples;
  model: OmniModel;
  display: Display;
  onStages: (stages: readonly FinishedStage[]) => void;
  /** Writes down with what recipe the run goes on. */
  record: () => void;
  estimate: Estimate;
  /** Null: no cap of time. */
  budget: TimeBudget | null;
}

class Engine {
  readonly finished: FinishedStage[] = [];
  readonly #parts: EngineParts;
  /** The stage whose weights the model has; undefined: the recipe's model. */
  #current: StageUse | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  close(): Promise<void> {
    return this.#parts.model.close();
  }

  /** Answers the test samples before anything is trained. */
  async begin(): Promise<void> {
    const { recipe, samples, record } = this.#parts;
    const title = 'before training';
    const folder = join(recipe.output, 'start');
    let start = readStage(folder, samples.test);
    if (start === null) {
      record();
      const questions =
        typeof recipe.model === 'string' ? samples.test : samples.test.slice(0, freshQuestions);
      start = { training: null, answered: await this.#answer(questions, title) };
      writeStage(folder, start);
    }
    this.#add({ name: 'start', title, ...start });
  }

  /** Runs a stage and answers the test samples; one that the folder holds is read instead. */
  async stage(use: StageUse): Promise<void> {
    const { recipe, samples } = this.#parts;
    const { stage, name } = use;
    const title = titleOf(use);
    const folder = join(recipe.output, name);
    let finished = readStage(folder, samples.test);
    if (finished === null) {
      const training = await this.#run(use, folder);
      const questions = stage.answersQuestions ? samples.test : [];
      const answered = await this.#answer(questions, finishedTitle({ title, training }));
      finished = { training, answered };
      writeStage(folder, finished);
    } else if (stage.outputs.includes('model')) this.#load(use);
    this.#add({ name, title, ...finished });
  }

  async #run(use: StageUse, folder: string): Promise<StageTraining> {
    const { recipe, samples, model, display, record, estimate, budget } = this.#parts;
    const { stage, name } = use;
    const title = titleOf(use);
    const start = startOf(use, recipe);
    if (start !== this.#current) this.#load(start);
    const resumeFrom = newestCheckpoint(folder);
    if (resumeFrom === undefined && existsSync(folder) && stage.outputs.includes('model'))
      display.log(`${title}: ${folder} has no checkpoint yet: the stage starts anew`);
    const cap = new TimeCap(budget?.secondsFor(name) ?? Infinity);
    await this.#beginAdapter(use);
    const context: StageContext = { recipe, use, samples, model, finished: this.finished };
    const { signal, ...training } = await stage.run(context, {
      folder,
      resumeFrom,
      display,
      callbacks: [{ onTrainBegin: record }, cap.callback, trainingProgress(display, title, stage.metrics)],
    });
    if (signal !== null) throw new Interrupted(signal);
    record();
    if (stage.outputs.includes('model')) await this.#save(use);
    const missing = missingOutput(stage, folder, trainedFolder(use, recipe));
    if (missing !== undefined) throw new Error(`${title}: it has not written ${missing}, one of its outputs`);
    if (recipe.stopAtChance) await requireLearning(context, folder, display.log);
    estimate.correct(name, training.seconds / Math.max(1, training.steps));
    const left = estimate.secondsAfter(name);
    if (left > 0) display.log(`about ${Math.ceil(left / 60)} min left`);
    return cap.ended ? { ...training, endedBy: 'time' } : training;
  }

  /** Gives the model the stage's adapter. Of a fresh model, the weights that it belongs to are written first. */
  async #beginAdapter(use: StageUse): Promise<void> {
    const { recipe, model } = this.#parts;
    if (!use.stage.outputs.includes('model')) return;
    const base = baseFolder(use, recipe);
    if ((keepsAdapter(use, recipe) || startsAgain(use, recipe)) && !existsSync(base))
      await replaceFolder(base, async (partial) => model.savePretrained(partial));
    beginAdapter(model, use, recipe);
    model.graph.source = base;
  }

  async #save(use: StageUse): Promise<void> {
    const { recipe, model } = this.#parts;
    endAdapter(model, use);
    const isAdapter = keepsAdapter(use, recipe);
    const trained = trainedFolder(use, recipe);
    await replaceFolder(trained, async (partial) => {
      if (isAdapter) model.saveAdapter(partial);
      else model.savePretrained(partial);
      for (const file of use.stage.modelFiles ?? [])
        copyFileSync(join(recipe.output, use.name, file), join(partial, file));
    });
    this.#current = use;
  }

  #load(use: StageUse | undefined): void {
    const { model, recipe } = this.#parts;
    if (use === undefined) loadStartModel(model, recipe);
    else loadStageModel(model, use, recipe);
    this.#current = use;
  }

  async #answer(questions: RecipeSamples['test'], title: string): Promise<Answered[]> {
    if (questions.length === 0) return [];
    const { recipe, model, display } = this.#parts;
    const progress = display.progress(`test, ${title}`);
    const answered = await evaluate(model, questions, {
      maxNewTokens: answerLimit(recipe),
      protocol: recipeProtocol(recipe),
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    display.log(formatAccuracy([{ stage: title, accuracy: accuracyTable(answered) }]));
    return answered;
  }

  /** Writes what the run's folder says of the stages so far. */
  #add(stage: FinishedStage): void {
    const { recipe, onStages } = this.#parts;
    this.finished.push(stage);
    const accuracy = stageAccuracy(this.finished);
    replaceFile(join(recipe.output, 'accuracy.json'), `${JSON.stringify(accuracy, null, 2)}\n`);
    if (accuracy.length > 0 || this.finished.length > 1) onStages(this.finished);
  }
}

/** Whether a stage starts from the recipe's model, and a stage after it does so again. */
function startsAgain(use: StageUse, recipe: Recipe): boolean {
  const startsThere = (other: StageUse) =>
    other.stage.outputs.includes('model') && startOf(other, recipe) === undefined;
  return startsThere(use) && recipe.stages.slice(recipe.stages.indexOf(use) + 1).some(startsThere);
}

/** Where a recipe's samples lie, and below that their clips. */
export function dataFolders(recipe: Recipe): string[] {
  const { data, captions, captionsValidation, validation, test } = recipe;
  return [data, captions, captionsValidation, validation, test].flatMap((file) =>
    file === undefined ? [] : dirname(file),
  );
}

export function stageAccuracy(stages: readonly FinishedStage[]): StageAccuracy[] {
  return stages
    .filter(({ answered }) => answered.length > 0)
    .map((stage) => ({ stage: finishedTitle(stage), accuracy: accuracyTable(stage.answered) }));
}
