/** A training's bar: steps, time left, and the latest metrics. */
import type { TrainerCallback } from '../train/index.js';
import { startProgress } from './progress.js';

/** @param metrics shown beside the bar once they are known */
export function trainingProgress(title: string, metrics: readonly string[]): TrainerCallback {
  const progress = startProgress(title);
  const latest: Record<string, number> = {};
  let first = { step: 0, seconds: 0 };
  return {
    onTrainBegin: ({ step, seconds }) => {
      first = { step, seconds };
    },
    onStepEnd: ({ step, maxSteps, seconds }) => {
      const perStep = (seconds - first.seconds) / (step - first.step);
      const note = metrics.flatMap((metric) =>
        metric in latest ? `${metric} ${latest[metric].toFixed(3)}` : [],
      );
      const left = `at most ${Math.ceil(perStep * (maxSteps - step))} s left`;
      progress.update(step, maxSteps, [`step ${step}`, left, ...note].join(', '));
    },
    onLog: (_state, _control, values) => void Object.assign(latest, values),
    onEvaluate: (_state, _control, values) => void Object.assign(latest, values),
    onTrainEnd: () => progress.stop(),
  };
}
