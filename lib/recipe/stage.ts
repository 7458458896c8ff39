/**
 * A stage is a value: what it is called, its settings, what it reads and leaves, and how it runs. The engine knows
 * stages through this shape alone. A stage is one file beside this one, and one line in list.ts.
 */
import { join } from 'node:path';
import type { z } from 'zod';
import type { DataRow } from '../data/index.js';
import type { Answered, Learning } from '../eval/index.js';
import type { OmniModel } from '../omni/index.js';
import type { TrainerCallback, TrainResult } from '../train/index.js';
import type { Display } from './display.js';
import type { AdapterSettings } from './reading/adapter-settings.js';
import type { SharedFields } from './reading/fields.js';
import type { RewardEntry } from './rewards.js';
import type { RecipeSamples } from './samples.js';

/** Settings as the recipe has them, over the stage's defaults; checked by the stage's schema. */
export type Settings = Readonly<Record<string, unknown>>;

export interface Stage {
  /** In recipes; also its folder where the recipe gives no other name. */
  readonly name: string;
  /** In tables and progress, for example 'SFT'. */
  readonly title: string;
  readonly schema: z.ZodType;
  /** Settings of a fresh small model where the recipe says nothing else. The schema's own defaults suit other models. */
  readonly defaults: Settings;
  /** What it needs: fields of the recipe that name files of samples, or outputs of stages before it. */
  readonly inputs: readonly string[];
  /** What it leaves in its folder: 'model', which the next stage starts from, or names of files that it writes. */
  readonly outputs: readonly string[];
  /** Files that it writes and that belong to its model: they are copied into the model's folder. */
  readonly modelFiles?: readonly string[];
  /** Metrics beside its progress. */
  readonly metrics: readonly string[];
  /** Its model is asked the test samples. */
  readonly answersQuestions: boolean;
  /** It trains on the samples that have an answer only; SFT before it leaves them out. */
  readonly learnsAnswerOnly?: boolean;
  /** Its model is only compared with: the next stage starts from the model of the stage before it. */
  readonly isBaseline?: boolean;
  /** The end of a run says what it gained over the stage that it starts from. */
  readonly reportsGain?: boolean;

  /** What the schema cannot know. */
  check?(use: StageUse, recipe: Recipe): SettingsProblem[] | Promise<SettingsProblem[]>;
  /** What it needs and this machine lacks; asked where its settings are in order. */
  checkMachine?(use: StageUse): SettingsProblem[];
  /** What users are told of it before it runs, a line each. */
  describe?(use: StageUse, recipe: Recipe, samples: RecipeSamples): string[];
  /** Rows of files that its settings name, by setting: in `RecipeSamples` under `<stage>.<setting>`. @throws DataError */
  readRows?(use: StageUse, recipe: Recipe): Record<string, DataRow[]>;
  /** @throws BadInputError where the samples do not suffice */
  checkSamples?(use: StageUse, recipe: Recipe, samples: RecipeSamples): void;
  /** The stage whose model it starts from; left out: the one before. Undefined: the recipe's model. */
  startsFrom?(use: StageUse, recipe: Recipe): StageUse | undefined;
  /** The stage whose adapter settings it has where it gives none. */
  learnsLike?(use: StageUse, recipe: Recipe): StageUse | undefined;
  /** The longest completion, in tokens, that its models are made for. */
  completionLimit?(settings: Settings): number;
  /** Steps at most: a few of them are timed for the estimate. Undefined: stages before it make what it learns from. */
  steps?(context: StageContext): number | undefined | Promise<number | undefined>;
  /** Of a stage whose steps cannot be timed before the run; null: nothing is known. */
  estimate?(use: StageUse, recipe: Recipe, earlier: readonly StageEstimate[]): Pace | null;
  /** Of a stage that trains nothing: a table of what it would take; writes nothing. Null: stages before make what it reads. */
  dryRun?(context: StageContext): Promise<string | null>;
  /** Memory beside the weights and what their optimizer holds. */
  predictMemory(context: StageContext): MemoryRow[] | Promise<MemoryRow[]>;
  run(context: StageContext, options: RunOptions): Promise<StageResult>;
  /** What its model has learned by samples that are held out, or null where there are none. */
  learning?(context: StageContext): Promise<Learning | null>;
}

/** A stage in the list of a recipe. */
export interface StageUse {
  readonly stage: Stage;
  /** Unique in the recipe; also of its folder. */
  readonly name: string;
  readonly settings: Settings;
  /** It adds this adapter, and trains it in place of the weights. */
  readonly adapter?: AdapterSettings;
  /** Whether the adapter is merged into the model that it leaves. Default: it is left beside it, for the next stage. */
  readonly mergeAdapter?: boolean;
}

export interface Recipe extends SharedFields {
  /** Of stages that name none. Left out: the default ones, of which a model gets those whose views it has. */
  rewards?: readonly RewardEntry[];
  stages: readonly StageUse[];
}

export interface SettingsProblem {
  /** Of a setting of the stage, or of a field of the recipe where `ofRecipe` says so. */
  path: readonly PropertyKey[];
  text: string;
  ofRecipe?: true;
}

export interface StageContext {
  recipe: Recipe;
  use: StageUse;
  samples: RecipeSamples;
  model: OmniModel;
  /** Stages that are finished, in order. */
  finished: readonly FinishedStage[];
}

export interface RunOptions {
  /** Where it writes; null: a trial, which writes nothing and evaluates nothing. */
  folder: string | null;
  /** Steps of a trial. */
  maxSteps?: number;
  /** A checkpoint in the folder to go on from. */
  resumeFrom?: string;
  callbacks: readonly TrainerCallback[];
  /** Of stages that train nothing. */
  display?: Display;
}

export interface StageTraining {
  steps: number;
  /** Steps that it might have made. */
  maxSteps: number;
  seconds: number;
  /** Tokens that went through the model in training passes. */
  numTokens: number;
  endedBy: TrainResult['endedBy'];
  reason?: string;
}

export interface StageResult extends StageTraining {
  signal: TrainResult['signal'];
}

export interface FinishedStage {
  name: string;
  /** 'before training' of the start. */
  title: string;
  /** Null: nothing was trained, as before the first stage. */
  training: StageTraining | null;
  answered: Answered[];
}

export interface Pace {
  /** At most; validation may end the stage before. */
  steps: number;
  secondsPerStep: number;
}

export interface StageEstimate extends Pace {
  name: string;
  title: string;
  /** The test samples are answered after it. */
  answersQuestions: boolean;
}

export interface MemoryRow {
  name: string;
  bytes: number;
}

/** How tables name a finished stage; one that time cut short says so. */
export function finishedTitle({ title, training }: Pick<FinishedStage, 'title' | 'training'>): string {
  if (training === null) return title;
  return `after ${title}${training.endedBy === 'time' ? ' (cut short)' : ''}`;
}

/** `GRPO`, or `GRPO (qi)` where the recipe gives the stage another name. */
export function titleOf({ stage, name }: StageUse): string {
  return name === stage.name ? stage.title : `${stage.title} (${name})`;
}

/** What the stages say of themselves: `GRPO (ma): answer judged by ...` */
export function stageNotes(recipe: Recipe, samples: RecipeSamples): string[] {
  return recipe.stages.flatMap((use) =>
    (use.stage.describe?.(use, recipe, samples) ?? []).map((line) => `${titleOf(use)}: ${line}`),
  );
}

/** The stage whose model a stage starts from; undefined: the model that the recipe starts from. */
export function startOf(use: StageUse, recipe: Recipe): StageUse | undefined {
  if (use.stage.startsFrom !== undefined) return use.stage.startsFrom(use, recipe);
  return recipe.stages
    .slice(0, recipe.stages.indexOf(use))
    .findLast(({ stage }) => !stage.isBaseline && stage.outputs.includes('model'));
}

/** A file that a stage before left, one of the stage's inputs. */
export function inputFile(context: StageContext, name: string): string {
  const found = latestFile(context, [name]);
  if (found === undefined) throw new Error(`${titleOf(context.use)}: no stage before it leaves ${name}`);
  return found.file;
}

/**
 * The file of one of these names that was left last before a stage.
 * @param after only by a stage behind this one
 */
export function latestFile(
  { recipe, use }: Pick<StageContext, 'recipe' | 'use'>,
  names: readonly string[],
  after?: StageUse,
): { file: string; maker: StageUse } | undefined {
  const { stages, output } = recipe;
  const first = after === undefined ? 0 : stages.indexOf(after) + 1;
  for (const maker of stages.slice(first, stages.indexOf(use)).reverse()) {
    const name = maker.stage.outputs.find((it) => names.includes(it));
    if (name !== undefined) return { file: join(output, maker.name, name), maker };
  }
  return undefined;
}

/** The longest answer that evaluations wait for, tokens: the same for all stages, so that they compare. */
export function answerLimit({ stages }: Recipe): number {
  const limits = stages.flatMap(({ stage, settings }) => stage.completionLimit?.(settings) ?? []);
  return limits.length === 0 ? 256 : limits.reduce((most, limit) => Math.max(most, limit));
}
