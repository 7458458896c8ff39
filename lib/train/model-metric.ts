// The evaluated metric by which the models of a training are compared: Hugging Face's metric_for_best_model.

/** One evaluation: its step and the metrics by name, for example `eval_loss`. */
export interface Evaluation {
  step: number;
  metrics: Record<string, number>;
}

export class ModelMetric {
  /** As evaluations have it, with `eval_`. */
  readonly name: string;
  readonly #greaterIsBetter: boolean;

  /**
   * @param metric with or without `eval_`
   * @param greaterIsBetter default: unless its name ends in 'loss'
   */
  constructor(metric: string, greaterIsBetter: boolean = !metric.endsWith('loss')) {
    this.name = metric.startsWith('eval_') ? metric : `eval_${metric}`;
    this.#greaterIsBetter = greaterIsBetter;
  }

  /** @param setting that asks for it @throws Error naming what the evaluation has where it has not this metric */
  valueIn({ step, metrics }: Evaluation, setting: string): number | null {
    const value = metrics[this.name];
    if (value !== undefined) return value;
    const names = Object.keys(metrics).join(', ');
    throw new Error(`${setting}: the evaluation of step ${step} has no ${this.name}, only ${names}`);
  }

  /** Less is better. What is no number, which a checkpoint keeps as null, is worse than all others. */
  cost(value: number | null): number {
    if (value === null || Number.isNaN(value)) return Infinity;
    return this.#greaterIsBetter ? -value : value;
  }

  /** The first of the best ones; undefined where none has a number. */
  bestOf(evaluations: readonly Evaluation[], setting: string): Evaluation | undefined {
    let best: Evaluation | undefined;
    let least = Infinity;
    for (const evaluation of evaluations) {
      const cost = this.cost(this.valueIn(evaluation, setting));
      if (cost >= least) continue;
      least = cost;
      best = evaluation;
    }
    return best;
  }
}
