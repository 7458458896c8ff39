/**
 * The stages of a recipe, in order: decode, SFT on the labelled samples, GRPO on the others, with the test samples
 * answered before and after each. `earsight demo` is this over a generated world.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSamples, type Sample } from '../data/index.js';
import { accuracyTable, type Answered, evaluate, formatAccuracy, type StageAccuracy } from '../eval/index.js';
import { answer, format, modality, type RewardFunc } from '../rewards/index.js';
import { OmniModel } from '../rollout/index.js';
import { torch } from '../tensor/index.js';
import { earlyStopping, GRPOTrainer, SFTTrainer, type TrainerCallback, type TrainResult } from '../train/index.js';
import { BadInputError } from './bad-input.js';
import { newModel } from './new-model.js';
import { startProgress } from './progress.js';
import type { Recipe, RewardName } from './recipe.js';

/** One finished stage: what it scored on the test samples. */
export interface Stage {
  name: string;
  /** Folder of its metrics and checkpoints; null for the model before training. */
  folder: string | null;
  seconds: number;
  answered: Answered[];
}

export interface PipelineResult {
  stages: Stage[];
  interrupted: boolean;
}

export interface PipelineOptions {
  /** Samples answered in each evaluation; default all of the test file. */
  testLimit?: number;
  say?: (line: string) => void;
}

const rewardFunctions: Record<RewardName, RewardFunc> = { format, answer, modality };

export async function runRecipe(recipe: Recipe, { testLimit, say = console.log }: PipelineOptions = {}): Promise<PipelineResult> {
  if (recipe.threads !== undefined) torch.setNumThreads(recipe.threads);
  const train = readSamples(recipe.data);
  const labelled = train.filter(({ steps }) => steps !== undefined && steps.length > 0);
  const others = train.filter((sample) => !labelled.includes(sample) && sample.answer !== undefined);
  const validation = recipe.validation === undefined ? [] : readSamples(recipe.validation);
  const test = recipe.test === undefined ? [] : readSamples(recipe.test).slice(0, testLimit);
  if (recipe.sft !== false && labelled.length === 0) {
    throw new BadInputError(`${recipe.data}: no sample has "steps" for SFT to learn; add them, or leave the stage out with sft: false`);
  }

  torch.manualSeed(recipe.seed);
  const model =
    typeof recipe.model === 'string' ? await OmniModel.fromPretrained(recipe.model) : newModel([...labelled, ...others], recipe);
  mkdirSync(recipe.output, { recursive: true });
  const stages: Stage[] = [];
  const pipeline = new Pipeline(recipe, model, test, stages, say);
  try {
    await pipeline.decode([...train, ...validation, ...test]);
    await pipeline.evaluate('before training', null, 0);
    let interrupted = false;
    if (recipe.sft !== false) interrupted = await pipeline.sft('sft', labelled, validation, recipe.sft ?? {});
    const start = join(recipe.output, 'sft-model');
    if (recipe.compareWithSft) model.savePretrained(start);
    if (recipe.grpo !== false && !interrupted) {
      interrupted = await pipeline.grpo(others.length > 0 ? others : labelled, recipe.grpo ?? {});
      const seconds = stages.at(-1)?.seconds ?? 0;
      if (recipe.compareWithSft && !interrupted) {
        await pipeline.restart(start);
        interrupted = await pipeline.sft('sft-continued', labelled, [], { ...recipe.sft, numTrainEpochs: 1e6, maxSeconds: seconds });
      }
    }
    return { stages, interrupted };
  } finally {
    await pipeline.close();
  }
}

class Pipeline {
  private readonly recipe: Recipe;
  private model: OmniModel;
  private readonly test: Sample[];
  private readonly stages: Stage[];
  private readonly say: (line: string) => void;

  constructor(recipe: Recipe, model: OmniModel, test: Sample[], stages: Stage[], say: (line: string) => void) {
    this.recipe = recipe;
    this.model = model;
    this.test = test;
    this.stages = stages;
    this.say = say;
  }

  /** Decodes every clip once, so that training waits for none and a bad file shows now. */
  async decode(samples: readonly Sample[]): Promise<void> {
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
  }

  async sft(name: string, samples: Sample[], validation: Sample[], config: Record<string, unknown>): Promise<boolean> {
    const watches = validation.length > 0 ? [earlyStopping({ patience: 2 })] : [];
    const trainer = new SFTTrainer({
      model: this.model,
      trainDataset: samples,
      evalDataset: validation.length > 0 ? validation : undefined,
      config: { seed: this.recipe.seed, ...config, outputDir: join(this.recipe.output, name) },
      callbacks: [...watches, this.shown(name, ['loss', 'eval_loss'])],
    });
    return this.finish(name, await trainer.train());
  }

  async grpo(samples: Sample[], config: Record<string, unknown>): Promise<boolean> {
    const names = Object.keys(this.recipe.rewards) as RewardName[];
    const trainer = new GRPOTrainer({
      model: this.model,
      rewardFuncs: names.map((name) => rewardFunctions[name]),
      trainDataset: samples,
      config: {
        seed: this.recipe.seed,
        ...config,
        rewardWeights: names.map((name) => this.recipe.rewards[name] as number),
        outputDir: join(this.recipe.output, 'grpo'),
      },
      callbacks: [this.shown('grpo', ['reward', 'rewards/answer/mean', 'frac_reward_zero_std'])],
    });
    return this.finish('grpo', await trainer.train());
  }

  /** Goes on with the model of a folder; the decoded clips stay. */
  async restart(folder: string): Promise<void> {
    const { media } = this.model;
    const fresh = await OmniModel.fromPretrained(folder);
    fresh.media = media;
    this.model = fresh;
  }

  async evaluate(name: string, folder: string | null, seconds: number): Promise<void> {
    let answered: Answered[] = [];
    if (this.test.length > 0) {
      const progress = startProgress(`test, ${name}`);
      const maxNewTokens = (this.recipe.grpo || {}).maxCompletionLength;
      answered = await evaluate(this.model, this.test, {
        maxNewTokens: typeof maxNewTokens === 'number' ? maxNewTokens : 256,
        onProgress: (done, total) => progress.update(done, total),
      });
      progress.stop();
      this.say(formatAccuracy([{ stage: name, accuracy: accuracyTable(answered) }]));
    }
    this.stages.push({ name, folder, seconds, answered });
    writeFileSync(join(this.recipe.output, 'accuracy.json'), `${JSON.stringify(stageAccuracy(this.stages), null, 2)}\n`);
  }

  close(): Promise<void> {
    return this.model.close();
  }

  private async finish(name: string, result: TrainResult): Promise<boolean> {
    const folder = join(this.recipe.output, name);
    if (result.checkpoint !== null) cpSync(result.checkpoint, join(folder, 'model'), { recursive: true });
    await this.evaluate(`after ${name}`, folder, result.state.seconds);
    return result.interrupted;
  }

  private shown(name: string, metrics: readonly string[]): TrainerCallback {
    const progress = startProgress(name);
    let note = '';
    const limit = this.limitOf(name);
    const update = (step: number, maxSteps: number, seconds: number): void => {
      if (limit === null) progress.update(step, maxSteps, note);
      else progress.update(Math.min(Math.round(seconds), limit), limit, `step ${step} ${note}`);
    };
    return {
      onStepEnd: ({ step, maxSteps, seconds }) => update(step, maxSteps, seconds),
      onLog: (_state, _control, values) => {
        note = metrics.filter((metric) => metric in values).map((metric) => `${metric} ${values[metric].toFixed(3)}`).join(' ');
      },
      onTrainEnd: () => progress.stop(),
    };
  }

  private limitOf(name: string): number | null {
    const config = name === 'grpo' ? this.recipe.grpo : this.recipe.sft;
    const limit = config ? config.maxSeconds : null;
    return typeof limit === 'number' ? Math.round(limit) : null;
  }
}

export function stageAccuracy(stages: readonly Stage[]): StageAccuracy[] {
  return stages.filter(({ answered }) => answered.length > 0).map(({ name, answered }) => ({ stage: name, accuracy: accuracyTable(answered) }));
}
