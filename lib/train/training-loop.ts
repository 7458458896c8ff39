// What every training loop needs around its loss: optimizer and schedule, step counting and limits, the guard against
// gradients that are not finite, metrics, evaluation, checkpoints, callbacks and signals. The loops themselves (sft,
// grpo) stay short because of it.

import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type DataRow, nameSamples, type Sample } from '../data/index.js';
import { optim } from '../nn/index.js';
import { noGrad, scope, type Tensor, torch } from '../tensor/index.js';
import { type BestCheckpoint, BestCheckpoints } from './best-checkpoint.js';
import type { TrainerCallback, TrainerControl, TrainerState } from './callbacks.js';
import {
  dropCheckpoints,
  pruneCheckpoints,
  readCheckpoint,
  restoreCheckpoint,
  type SavedState,
  saveCheckpoint,
} from './checkpoint.js';
import { DataOrder, type Taken } from './data-order.js';
import type { FolderLock } from './folder-lock.js';
import { type EndingSignal, type Interrupt, onInterrupt } from './interrupt.js';
import { metricsFile } from './log-files.js';
import { reporters } from './logging/report-to.js';
import { MetricMeans, type MetricsLine } from './metrics.js';
import { TrainingOptimizer } from './optimizer.js';
import { takeOutputDir } from './output-folder.js';
import { checkTrainable, Policy } from './policy.js';
import { checkContinuation, type TrainingRecord, trainingRecord } from './resume.js';
import { recordRun } from './run-record.js';
import { scheduleOf } from './schedule.js';
import { StepLines } from './step-lines.js';
import { stepsOf, stoppingBy, type TrainingLoopOptions } from './training-options.js';

export interface TrainResult {
  state: TrainerState;
  /** The last checkpoint, or null when nothing is written. */
  checkpoint: string | null;
  /** Ended by a signal. */
  interrupted: boolean;
  /** Which one, when it was one. */
  signal: EndingSignal | null;
  /** What ended it: all steps made, a callback, the cap of time, or a signal. */
  endedBy: 'steps' | 'callback' | 'time' | 'interrupt';
  /** What the callback gave as its reason. */
  reason?: string;
  /** With loadBestModelAtEnd, the checkpoint whose weights the model has now. A training that a signal ended has its last. */
  best: BestCheckpoint | null;
}

/** What a step reports of itself; averaged over the steps of a metrics line. */
export type StepMetrics = Record<string, number>;

export class TrainingLoop<Row extends DataRow = Sample> {
  readonly state: TrainerState;
  readonly policy: Policy;
  readonly #options: TrainingLoopOptions<Row>;
  readonly #optimizer: TrainingOptimizer;
  readonly #callbacks: readonly TrainerCallback[];
  readonly #schedule: optim.Schedule;
  readonly #data: DataOrder<Row>;
  readonly #record: TrainingRecord;
  /** Null: the model that is left is the last. */
  readonly #best: BestCheckpoints | null;
  /** The samples of this step. */
  #taken: Row[] = [];
  readonly #interrupt: Interrupt;
  readonly #wanted: { stop: boolean; reason?: string; save: boolean } = { stop: false, save: false };
  readonly #control: TrainerControl = {
    stop: (reason) => {
      this.#wanted.stop = true;
      this.#wanted.reason ??= reason;
    },
    save: () => {
      this.#wanted.save = true;
    },
  };
  #means = new MetricMeans();
  #lock: FolderLock | null = null;
  #log: StepLines<MetricsLine> | null = null;
  #checkpoint: string | null = null;
  #savedStep = -1;
  #clock = performance.now();
  /** Samples whose loss or log-probabilities were not finite in this step. */
  #suspects = new Set<string>();

  readonly #resumeFrom: string | undefined;

  /** @param resumeFrom the checkpoint to continue from */
  constructor(options: TrainingLoopOptions<Row>, resumeFrom?: string) {
    const { model, config, trainDataset, callbacks = [] } = options;
    this.#options = options;
    this.#resumeFrom = resumeFrom;
    this.#callbacks = [...stoppingBy(config), ...reporters(config), ...callbacks];
    this.#data = new DataOrder(trainDataset, config.seed);
    this.#record = trainingRecord(options);
    const folders = [config.outputDir ?? [], resumeFrom === undefined ? [] : dirname(resumeFrom)].flat();
    this.#best = config.loadBestModelAtEnd ? new BestCheckpoints(config, folders) : null;
    const maxSteps = stepsOf(options);
    this.state = {
      step: 0,
      maxSteps,
      epoch: 0,
      skippedSteps: 0,
      numTokens: 0,
      seconds: 0,
      evaluations: [],
    };
    checkTrainable(model, config.freeze);
    this.policy = new Policy(model, { ...config, needsReference: options.needsReference }, resumeFrom);
    this.#optimizer = new TrainingOptimizer(this.policy, config);
    this.#schedule = scheduleOf(config, maxSteps);
    // Last: a constructor that throws later would leave the signal handlers in place.
    this.#interrupt = onInterrupt();
  }

  /** Starts anew or continues from a checkpoint. */
  async begin(): Promise<void> {
    const { model, config } = this.#options;
    const resumeFrom = this.#resumeFrom;
    const { outputDir } = config;
    const saved = resumeFrom === undefined ? null : readCheckpoint(resumeFrom, this.#options.memory);
    // Before the folder is taken: a resume that is refused replaces nothing.
    const changes =
      saved === null ? [] : checkContinuation(resumeFrom as string, saved.training, this.#record);
    if (outputDir !== null) this.#lock = takeOutputDir(config, outputDir, resumeFrom);
    model.graph.train();
    if (config.gradientCheckpointing) model.graph.gradientCheckpointing = true;
    if (saved === null) torch.manualSeed(config.seed);
    else this.#resume(resumeFrom as string, saved, changes);
    if (outputDir !== null) {
      const file = metricsFile(outputDir);
      // What came after the checkpoint is of a training that is not continued.
      dropCheckpoints(outputDir, this.state.step);
      this.#prune(outputDir);
      this.#log = resumeFrom === undefined ? StepLines.create(file) : StepLines.resume(file, this.state.step);
      this.policy.reference?.save(outputDir);
      recordRun(outputDir, { ...config, outputDir: undefined }, { resume: resumeFrom !== undefined });
    }
    if (saved !== null) this.#best?.warnOfMissing(this.state);
    await this.call('onTrainBegin');
    this.#clock = performance.now();
    if (saved !== null || !config.evalOnStart) return;
    await this.#evaluate();
    if (this.#wanted.save) await this.#save();
    this.#tick();
  }

  /** @param changes settings that differ from those of the checkpoint */
  #resume(folder: string, saved: SavedState, changes: readonly string[]): void {
    this.#data.resume(saved.cursor);
    restoreCheckpoint(folder, saved, this.policy, this.#optimizer);
    const { maxSteps } = this.state;
    Object.assign(this.state, saved.state, { maxSteps });
    this.#means = new MetricMeans(saved.pending);
    if (saved.memory !== undefined) this.#options.memory?.resume(saved.memory);
    this.#checkpoint = folder;
    this.#savedStep = this.state.step;
    if (changes.length === 0) return;
    process.emitWarning(
      `${folder} is continued with other settings, from step ${this.state.step + 1} on: ${changes.join(', ')}`,
    );
  }

  /** Whether another step is due. */
  get active(): boolean {
    return this.#end() === null;
  }

  /** What ends the training now, or null. */
  #end(): TrainResult['endedBy'] | null {
    const { step, maxSteps, seconds } = this.state;
    if (step >= maxSteps) return 'steps';
    if (this.#wanted.stop) return 'callback';
    if (this.#interrupt.signal !== null) return 'interrupt';
    return seconds >= (this.#options.config.maxSeconds ?? Infinity) ? 'time' : null;
  }

  /** @param count default: those of a step without refill */
  nextSamples(count = this.#options.samplesPerStep): Taken<Row> {
    const taken = this.#data.take(count);
    for (const sample of taken.samples) this.#taken.push(sample);
    return taken;
  }

  /** Adds a micro-batch's gradients to the step's. @param logp may be no numbers where the loss is one @returns the loss */
  backward(loss: Tensor, samples: Iterable<DataRow>, numTokens: number, logp?: Tensor): number {
    loss.backward();
    this.state.numTokens += numTokens;
    const value = loss.item();
    const sum = value + (logp?.detach().sum().item() ?? 0);
    if (!Number.isFinite(sum)) for (const { id } of samples) this.#suspects.add(id);
    return value;
  }

  /**
   * Clips the gradients and updates the weights; when the gradient is not finite the weights stay as they are, the
   * step counts as skipped, and a warning and a line of metrics name the samples.
   * @returns the gradient's norm before clipping
   */
  optimizerStep(samples: Iterable<DataRow>): number {
    const { config } = this.#options;
    this.#optimizer.scaleLr(this.#schedule(this.state.step));
    const norm = scope(() => optim.clipGradNorm(this.policy.trainable(), config.maxGradNorm).item());
    if (Number.isFinite(norm)) {
      this.#optimizer.step();
    } else {
      const ids =
        this.#suspects.size > 0 ? [...this.#suspects] : [...new Set([...samples].map(({ id }) => id))];
      this.state.skippedSteps++;
      this.#log?.append({ step: this.state.step + 1, skipped_samples: ids });
      process.emitWarning(
        `step ${this.state.step + 1}: gradient norm ${norm}, weights left as they were; samples ${ids.join(', ')}`,
      );
    }
    this.#suspects.clear();
    this.#optimizer.zeroGrad();
    return norm;
  }

  /**
   * Runs one step inside a scope, then logs, evaluates and saves as due. Yields a macrotask, so that signals, timers
   * and the garbage collector get their turn.
   */
  async step(body: () => Promise<StepMetrics>): Promise<void> {
    const { config, trainDataset } = this.#options;
    const { state } = this;
    const learningRate = config.learningRate * this.#schedule(state.step);
    this.#taken = [];
    const metrics = await scope(body).catch((error) => {
      throw nameSamples(error, this.#taken);
    });
    state.step++;
    state.epoch = this.#data.cursor.epoch + this.#data.cursor.index / trainDataset.length;
    const stepTime = this.#tick();
    // A skipped step has a norm, and maybe a loss, that is no number: it would hide the others' mean.
    const finite = Object.entries(metrics).filter(([, value]) => Number.isFinite(value));
    this.#means.add({ ...Object.fromEntries(finite), step_time: stepTime });
    if (state.step % config.loggingSteps === 0) await this.#logMeans(learningRate);
    if (config.evalSteps !== null && state.step % config.evalSteps === 0) await this.#evaluate();
    await this.call('onStepEnd');
    // A training that a signal ends is resumed, and logs then what it would have logged without.
    const ended = this.#end();
    if (ended !== null && ended !== 'interrupt' && !this.#means.isEmpty) await this.#logMeans(learningRate);
    if (state.step % config.saveSteps === 0 || this.#wanted.save) await this.#save();
    this.#tick();
    await setImmediate();
  }

  /** Writes the last checkpoint, and loads the best where it is asked for. */
  async finish(): Promise<TrainResult> {
    if (this.#savedStep !== this.state.step) await this.#save();
    const endedBy = this.#end() ?? 'steps';
    const best = endedBy === 'interrupt' ? null : (this.#best?.current(this.state) ?? null);
    if (best !== null && best.step !== this.state.step) this.policy.load(best.folder);
    await this.call('onTrainEnd');
    return {
      state: this.state,
      checkpoint: this.#checkpoint,
      interrupted: this.#interrupt.signal !== null,
      signal: this.#interrupt.signal,
      endedBy,
      reason: endedBy === 'callback' ? this.#wanted.reason : undefined,
      best,
    };
  }

  /** Releases the folder, the signal handlers and the optimizer's memory; the model stays, in evaluation mode. */
  dispose(): void {
    this.#lock?.release();
    this.#interrupt.dispose();
    this.#optimizer.zeroGrad();
    this.#optimizer.dispose();
    this.policy.dispose();
    this.#options.model.graph.eval();
    const { model, config } = this.#options;
    if (config.gradientCheckpointing) model.graph.gradientCheckpointing = false;
  }

  async #logMeans(learningRate: number): Promise<void> {
    const { step, epoch, numTokens, skippedSteps } = this.state;
    const metrics = {
      epoch,
      ...this.#means.flush(),
      learning_rate: learningRate,
      num_tokens: numTokens,
      ...(skippedSteps > 0 ? { skipped_steps: skippedSteps } : {}),
    };
    this.#log?.append({ step, ...metrics } satisfies MetricsLine);
    await this.call('onLog', metrics);
  }

  async #evaluate(): Promise<void> {
    const { model, evaluate } = this.#options;
    if (!evaluate) return;
    model.graph.eval();
    const values = await scope(() => noGrad(() => evaluate(this.state.step, this.policy)));
    model.graph.train();
    const metrics = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`eval_${name}`, value]),
    );
    this.state.evaluations.push({ step: this.state.step, metrics });
    this.#log?.append({ step: this.state.step, epoch: this.state.epoch, ...metrics });
    if (this.#best?.isNew(this.state)) this.#wanted.save = true;
    await this.call('onEvaluate', metrics);
  }

  async #save(): Promise<void> {
    const { config } = this.#options;
    this.#wanted.save = false;
    if (config.outputDir === null) return;
    this.#tick();
    this.#checkpoint = await saveCheckpoint(config.outputDir, this.policy, this.#optimizer, {
      training: this.#record,
      state: this.state,
      cursor: this.#data.cursor,
      pending: this.#means.state(),
      memory: this.#options.memory?.state(),
    });
    this.#savedStep = this.state.step;
    this.#prune(config.outputDir);
    await this.call('onSave', this.#checkpoint);
  }

  #prune(outputDir: string): void {
    const { saveTotalLimit } = this.#options.config;
    if (saveTotalLimit === null) return;
    pruneCheckpoints(outputDir, saveTotalLimit, this.#best?.current(this.state)?.step);
  }

  /** Adds the time since the last tick to the training's and returns it, in seconds. */
  #tick(): number {
    const now = performance.now();
    const seconds = (now - this.#clock) / 1000;
    this.#clock = now;
    this.state.seconds += seconds;
    return seconds;
  }

  /** Calls a hook of all callbacks, in their order. */
  async call<K extends keyof TrainerCallback>(
    hook: K,
    ...args: Parameters<NonNullable<TrainerCallback[K]>> extends [unknown, unknown, ...infer A] ? A : never
  ): Promise<void> {
    for (const callback of this.#callbacks) {
      const call = callback[hook] as ((...all: unknown[]) => unknown) | undefined;
      await call?.call(callback, this.state, this.#control, ...args);
    }
  }
}
