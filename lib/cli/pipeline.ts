/**
 * The stages of a recipe, in order: captions of moments, SFT on the labelled samples, GRPO on the others, with the test
 * samples answered before and after each. `earsight demo` is this over a generated world.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSamples, type Sample } from '../data/index.js';
import { type Answered, accuracyTable, evaluate, formatAccuracy, type StageAccuracy } from '../eval/index.js';
import { writeClips, writeReport } from '../report/index.js';
import {
  answer,
  format,
  goldCaptions,
  goldCompletion,
  modalityReward,
  type RewardFunc,
} from '../rewards/index.js';
import { newSmallModel, OmniModel } from '../rollout/index.js';
import { scope, torch } from '../tensor/index.js';
import {
  earlyStopping,
  GRPOTrainer,
  SFTTrainer,
  type TrainerCallback,
  type TrainResult,
} from '../train/index.js';
import { BadInputError } from './bad-input.js';
import { startProgress } from './progress.js';
import type { Recipe, RewardName } from './recipe.js';
import { newestCheckpoint, readStage, writeStage } from './stage-files.js';

export type StageName = 'start' | 'alignment' | 'sft' | 'grpo' | 'sft-continued';

/** One finished stage: what it scored on the test samples. */
export interface Stage {
  name: StageName;
  seconds: number;
  answered: Answered[];
}

export interface PipelineResult {
  stages: Stage[];
  /** Ended by SIGINT, with a checkpoint to go on from. */
  interrupted: boolean;
}

export interface PipelineOptions {
  /** Goes on with the stages that the output folder does not hold yet. */
  resume?: boolean;
  say?: (line: string) => void;
}

/** Questions that a fresh model answers: with drawn weights it says noise, at full length, to any number of them. */
const freshQuestions = 96;

/** The samples of a recipe, by what they are for. */
export interface RecipeData {
  moments: Sample[];
  labelled: Sample[];
  /** With an answer only. */
  answered: Sample[];
  validation: Sample[];
  test: Sample[];
}

/** @throws DataError, BadInputError */
export function readData(recipe: Recipe): RecipeData {
  const train = readSamples(recipe.data);
  const isLabelled = ({ steps }: Sample): boolean => steps !== undefined && steps.length > 0;
  const labelled = train.filter(isLabelled);
  const answered = train.filter((sample) => !isLabelled(sample) && sample.answer !== undefined);
  if (recipe.sft !== false && labelled.length === 0) {
    throw new BadInputError(
      `${recipe.data}: no sample has "steps" for SFT to learn; add some, or leave the stage out with 'sft: false'`,
    );
  }
  if (recipe.grpo !== false && labelled.length + answered.length === 0) {
    throw new BadInputError(
      `${recipe.data}: no sample has an "answer" to reward; add some, or write 'grpo: false'`,
    );
  }
  for (const sample of labelled) {
    try {
      goldCompletion(sample);
    } catch (error) {
      throw new BadInputError(`${recipe.data}: ${(error as Error).message}`);
    }
  }
  return {
    moments: recipe.moments === undefined ? [] : readSamples(recipe.moments),
    labelled,
    answered,
    validation: recipe.validation === undefined ? [] : readSamples(recipe.validation),
    test: recipe.test === undefined ? [] : readSamples(recipe.test),
  };
}

/** Where a recipe's samples lie, and below that their clips. */
function dataFolders({ data, moments, validation, test }: Recipe): string[] {
  return [data, moments, validation, test].flatMap((file) => (file === undefined ? [] : dirname(file)));
}

/** The model that a recipe starts from. */
export async function openModel(
  recipe: Recipe,
  { moments, labelled, answered }: RecipeData,
): Promise<OmniModel> {
  torch.manualSeed(recipe.seed);
  const { model: given, processor } = recipe;
  const model =
    typeof given === 'string'
      ? await OmniModel.fromPretrained(given)
      : newSmallModel([...moments, ...labelled, ...answered], { config: given, processor });
  if (recipe.bf16) model.graph.computeIn('bfloat16');
  return model;
}

export async function runRecipe(
  recipe: Recipe,
  { resume = false, say = console.log }: PipelineOptions = {},
): Promise<PipelineResult> {
  if (recipe.threads !== undefined) torch.setNumThreads(recipe.threads);
  const data = readData(recipe);
  const used = ['start', 'alignment', 'sft', 'grpo'].find((name) => existsSync(join(recipe.output, name)));
  if (used !== undefined && !resume) {
    throw new BadInputError(
      `output: ${recipe.output} holds a run already; go on with it by --resume, or choose another folder`,
    );
  }
  const pipeline = new Pipeline(recipe, data, await openModel(recipe, data), say);
  const { sft, grpo } = recipe;
  try {
    await pipeline.decode();
    await pipeline.stage('start');
    if (data.moments.length > 0) await pipeline.stage('alignment', (from) => pipeline.align(from));
    if (sft !== false) await pipeline.stage('sft', (from) => pipeline.sft('sft', sft, from));
    if (grpo !== false) {
      const { seconds } = await pipeline.stage('grpo', (from) => pipeline.grpo(grpo, from));
      if (recipe.compareWithSft && sft !== false) {
        pipeline.loadWeights('sft');
        const config = { ...sft, numTrainEpochs: 1e6, maxSteps: null, maxSeconds: Math.max(1, seconds) };
        await pipeline.stage('sft-continued', (from) => pipeline.sft('sft-continued', config, from));
      }
    }
    return { stages: pipeline.stages, interrupted: false };
  } catch (error) {
    if (error instanceof Interrupted) return { stages: pipeline.stages, interrupted: true };
    throw error;
  } finally {
    await pipeline.close();
  }
}

/** A stage was ended by SIGINT; its checkpoint is written. */
class Interrupted extends Error {}

class Pipeline {
  readonly stages: Stage[] = [];
  private readonly recipe: Recipe;
  private readonly data: RecipeData;
  private readonly model: OmniModel;
  private readonly say: (line: string) => void;

  constructor(recipe: Recipe, data: RecipeData, model: OmniModel, say: (line: string) => void) {
    this.recipe = recipe;
    this.data = data;
    this.model = model;
    this.say = say;
    mkdirSync(recipe.output, { recursive: true });
  }

  /** Decodes every clip once, so that training waits for none, and a bad file shows now. */
  async decode(): Promise<void> {
    const { moments, labelled, answered, validation, test } = this.data;
    const samples = [...moments, ...labelled, ...answered, ...validation, ...test];
    const progress = startProgress('decoding clips');
    let done = 0;
    await Promise.all(
      samples.map(async (sample) => {
        await this.model.processor.features(sample, this.model.media);
        done += 1;
        progress.update(done, samples.length);
      }),
    );
    progress.stop();
    await this.model.close();
  }

  /** Trains (unless it is the start) and answers the test samples; a stage that the folder holds is read instead. */
  async stage(name: StageName, train?: (resumeFrom?: string) => Promise<TrainResult>): Promise<Stage> {
    const folder = join(this.recipe.output, name);
    let finished = readStage(folder, this.data.test);
    if (finished === null) {
      const result = await train?.(newestCheckpoint(folder));
      if (result?.interrupted) throw new Interrupted();
      if (result !== undefined) this.model.savePretrained(join(folder, 'model'));
      finished = { seconds: result?.state.seconds ?? 0, answered: await this.answer(name) };
      writeStage(folder, finished);
    } else if (train !== undefined) {
      this.loadWeights(name);
    }
    const stage = { name, ...finished };
    this.stages.push(stage);
    this.record();
    return stage;
  }

  /** Goes on with the weights that a finished stage saved. */
  loadWeights(name: StageName): void {
    const file = join(this.recipe.output, name, 'model', 'model.safetensors');
    scope(() => this.model.graph.loadStateDict(torch.load(file)));
  }

  /** SFT on captions of moments alone: what is seen and heard when. */
  align(resumeFrom?: string): Promise<TrainResult> {
    const { seed, output, alignment } = this.recipe;
    const trainer = new SFTTrainer({
      model: this.model,
      trainDataset: this.data.moments,
      formatCompletion: goldCaptions,
      config: { seed, ...alignment, outputDir: join(output, 'alignment') },
      callbacks: [this.shown('alignment', alignment, ['loss'])],
    });
    return trainer.train({ resumeFrom });
  }

  sft(name: StageName, config: Record<string, unknown>, resumeFrom?: string): Promise<TrainResult> {
    const validation = name === 'sft' ? this.data.validation : [];
    const trainer = new SFTTrainer({
      model: this.model,
      trainDataset: this.data.labelled,
      evalDataset: validation.length > 0 ? validation : undefined,
      formatCompletion: (sample) => goldCompletion(sample, this.recipe.answers),
      config: {
        seed: this.recipe.seed,
        evalSteps: validation.length > 0 ? 100 : null,
        ...config,
        outputDir: join(this.recipe.output, name),
      },
      callbacks: [
        ...(validation.length > 0 ? [earlyStopping({ patience: 2 })] : []),
        this.shown(name, config, ['loss', 'eval_loss']),
      ],
    });
    return trainer.train({ resumeFrom });
  }

  grpo(config: Record<string, unknown>, resumeFrom?: string): Promise<TrainResult> {
    const { rewards, modalityCompare, seed, output } = this.recipe;
    const { answered, labelled } = this.data;
    const functions: Record<RewardName, RewardFunc> = {
      format,
      answer,
      modality: modalityReward({ compare: modalityCompare }),
    };
    const names = Object.keys(rewards) as RewardName[];
    const trainer = new GRPOTrainer({
      model: this.model,
      rewardFuncs: names.map((name) => functions[name]),
      trainDataset: answered.length > 0 ? answered : labelled,
      config: {
        seed,
        ...config,
        rewardWeights: names.map((name) => rewards[name] as number),
        outputDir: join(output, 'grpo'),
      },
      callbacks: [this.shown('grpo', config, ['reward', 'rewards/answer/mean', 'frac_reward_zero_std'])],
    });
    return trainer.train({ resumeFrom });
  }

  close(): Promise<void> {
    return this.model.close();
  }

  private async answer(name: StageName): Promise<Answered[]> {
    // Aligned, a model describes moments; it has not seen a question yet.
    if (name === 'alignment') return [];
    const { test } = this.data;
    const fresh = name === 'start' && typeof this.recipe.model !== 'string';
    const samples = fresh ? test.slice(0, freshQuestions) : test;
    if (samples.length === 0) return [];
    const progress = startProgress(`test, ${stageTitle(name)}`);
    const limit = this.recipe.grpo === false ? undefined : this.recipe.grpo.maxCompletionLength;
    const answered = await evaluate(this.model, samples, {
      maxNewTokens: typeof limit === 'number' ? limit : 256,
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    this.say(formatAccuracy([{ stage: stageTitle(name), accuracy: accuracyTable(answered) }]));
    return answered;
  }

  /** What the folder says of the stages so far. */
  private record(): void {
    const { output } = this.recipe;
    const accuracy = stageAccuracy(this.stages);
    writeFileSync(join(output, 'accuracy.json'), `${JSON.stringify(accuracy, null, 2)}\n`);
    if (accuracy.length === 0 && this.stages.length < 2) return;
    writeClips(
      output,
      this.stages.map(({ name, answered }) => ({ name: stageTitle(name), answered })),
    );
    writeReport(output, { mediaFolders: dataFolders(this.recipe) });
  }

  /** A bar with the latest metrics; it measures time where the stage has a time limit and no limit of steps. */
  private shown(
    name: StageName,
    config: Record<string, unknown>,
    metrics: readonly string[],
  ): TrainerCallback {
    const progress = startProgress(trainingTitles[name]);
    const seconds =
      config.maxSteps == null && typeof config.maxSeconds === 'number' ? config.maxSeconds : null;
    const latest: Record<string, number> = {};
    return {
      onStepEnd: (state) => {
        const note = metrics.flatMap((metric) =>
          metric in latest ? `${metric} ${latest[metric].toFixed(3)}` : [],
        );
        const [done, total] =
          seconds === null ? [state.step, state.maxSteps] : [Math.min(state.seconds, seconds), seconds];
        progress.update(Math.round(done), Math.round(total), [`step ${state.step}`, ...note].join(', '));
      },
      onLog: (_state, _control, values) => void Object.assign(latest, values),
      onEvaluate: (_state, _control, values) => void Object.assign(latest, values),
      onTrainEnd: () => progress.stop(),
    };
  }
}

export const trainingTitles: Record<StageName, string> = {
  start: 'nothing',
  alignment: 'alignment',
  sft: 'SFT',
  grpo: 'GRPO',
  'sft-continued': 'continued SFT',
};

function stageTitle(name: StageName): string {
  return name === 'start' ? 'before training' : `after ${trainingTitles[name]}`;
}

export function stageAccuracy(stages: readonly Stage[]): StageAccuracy[] {
  return stages
    .filter(({ answered }) => answered.length > 0)
    .map(({ name, answered }) => ({ stage: stageTitle(name), accuracy: accuracyTable(answered) }));
}
