// Hooks into a training, and what they may see and do.

/** One evaluation: its step and the metrics by name, for example `eval_loss`. */
export interface Evaluation {
  step: number;
  metrics: Record<string, number>;
}

/** Where a training stands. Plain JSON: it is saved in every checkpoint. */
export interface TrainerState {
  /** Finished steps, skipped ones included. */
  step: number;
  /** The step at which the training ends if nothing else ends it before. */
  maxSteps: number;
  /** Passes over the data, with fraction. */
  epoch: number;
  /** Steps without an update because the gradient was not finite. */
  skippedSteps: number;
  /** Tokens that went through the model in training passes. */
  numTokens: number;
  /** Seconds of training, time before a resume included. */
  seconds: number;
  evaluations: Evaluation[];
}

export interface TrainerControl {
  /** Ends the training after this step; a checkpoint is written. */
  stop(): void;
  /** Writes a checkpoint after this step. */
  save(): void;
}

type Hook<A extends unknown[] = []> = (
  state: Readonly<TrainerState>,
  control: TrainerControl,
  ...args: A
) => void | Promise<void>;

export interface TrainerCallback {
  onTrainBegin?: Hook;
  onStepEnd?: Hook;
  /** Every `loggingSteps` steps, with the means since the last line. */
  onLog?: Hook<[metrics: Record<string, number>]>;
  onEvaluate?: Hook<[metrics: Record<string, number>]>;
  /** After a checkpoint was written. */
  onSave?: Hook<[folder: string]>;
  onTrainEnd?: Hook;
}

/** Stops when a metric has not improved for `patience` evaluations. It holds no state, so a resume changes nothing. */
export function earlyStopping({
  metric = 'eval_loss',
  patience,
  greaterIsBetter = false,
}: {
  metric?: string;
  patience: number;
  greaterIsBetter?: boolean;
}): TrainerCallback {
  return {
    onEvaluate(state, control) {
      const values = state.evaluations.map(({ step, metrics }) => {
        if (metrics[metric] === undefined) {
          const names = Object.keys(metrics).join(', ');
          throw new Error(`earlyStopping: the evaluation of step ${step} has no ${metric}, only ${names}`);
        }
        return greaterIsBetter ? -metrics[metric] : metrics[metric];
      });
      const best = values.indexOf(values.reduce((a, b) => Math.min(a, b)));
      if (values.length - 1 - best >= patience) control.stop();
    },
  };
}
