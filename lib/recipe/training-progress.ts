/** A training's bar: steps, time left, and the latest metrics. */
import { fixed } from '../eval/index.js';
import type { TrainerCallback } from '../train/index.js';
import type { Display } from './display.js';

/** @param metrics shown beside the bar once they are known */
export function trainingProgress(
  display: Display,
  title: string,
  metrics: readonly string[],
): TrainerCallback {
  const progress = display.progress(title, { mayEndEarly: true });
  const latest: Record<string, number> = {};
  return {
    onStepEnd: ({ step, maxSteps }) => {
      const note = metrics.flatMap((metric) =>
        metric in latest ? `${metric} ${fixed(latest[metric], 3)}` : [],
      );
      progress.update(step, maxSteps, [`step ${step}`, ...note].join(', '));
    },
    onLog: (_state, _control, values) => void Object.assign(latest, values),
    onEvaluate: (_state, _control, values) => void Object.assign(latest, values),
    onTrainEnd: () => progress.stop(),
  };
}
