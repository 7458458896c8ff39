// The checkpoint of the best evaluation, which loadBestModelAtEnd keeps and loads. It follows from the evaluations in the
// training's state and from the checkpoints on disk, so that a resumed training has the same one.

import type { TrainerState } from './callbacks.js';
import { findCheckpoint } from './checkpoint.js';
import type { TrainingConfig } from './config.js';
import { ModelMetric } from './model-metric.js';

export interface BestCheckpoint {
  step: number;
  /** For example `eval_loss`. */
  metric: string;
  value: number;
  folder: string;
}

const setting = 'metricForBestModel';

export class BestCheckpoints {
  readonly #metric: ModelMetric;
  readonly #folders: readonly string[];

  /** @param folders where checkpoints are looked for */
  constructor(
    { metricForBestModel, greaterIsBetter }: Pick<TrainingConfig, 'metricForBestModel' | 'greaterIsBetter'>,
    folders: readonly string[],
  ) {
    this.#metric = new ModelMetric(metricForBestModel, greaterIsBetter ?? undefined);
    this.#folders = folders;
  }

  /** The best of the evaluations of which there is a checkpoint; null: none. @throws Error for a metric that is not reported */
  current({ evaluations }: Pick<TrainerState, 'evaluations'>): BestCheckpoint | null {
    const best = this.#metric.bestOf(
      evaluations.filter(({ step }) => this.#find(step) !== undefined),
      setting,
    );
    if (best === undefined) return null;
    const { step, metrics } = best;
    const metric = this.#metric.name;
    return { step, metric, value: metrics[metric], folder: this.#find(step) as string };
  }

  /** Whether the latest evaluation is better than those of which there is a checkpoint. */
  isNew(state: Pick<TrainerState, 'evaluations'>): boolean {
    const latest = state.evaluations.at(-1);
    if (latest === undefined) return false;
    const cost = this.#metric.cost(this.#metric.valueIn(latest, setting));
    const best = this.current({ evaluations: state.evaluations.slice(0, -1) });
    return cost < (best === null ? Infinity : this.#metric.cost(best.value));
  }

  /** Says so where the best evaluation's checkpoint is gone, or was never written. */
  warnOfMissing(state: Pick<TrainerState, 'evaluations'>): void {
    const best = this.#metric.bestOf(state.evaluations, setting);
    if (best === undefined || this.#find(best.step) !== undefined) return;
    const { step, metrics } = best;
    process.emitWarning(
      `loadBestModelAtEnd: there is no checkpoint of step ${step}, the best so far (${this.#metric.name} ` +
        `${metrics[this.#metric.name]}); the best of those that are there, and of what follows, is taken`,
    );
  }

  #find(step: number): string | undefined {
    return findCheckpoint(this.#folders, step);
  }
}
