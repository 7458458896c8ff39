import { earlyStopping, type TrainerState } from '../../lib/train/index.js';

function stopsAt(losses: number[], options: Partial<Parameters<typeof earlyStopping>[0]> = {}) {
  const state = { evaluations: [] as TrainerState['evaluations'] } as TrainerState;
  const callback = earlyStopping({ patience: 2, ...options });
  for (const [i, loss] of losses.entries()) {
    let stopped = false;
    const control = {
      stop: () => {
        stopped = true;
      },
      save: () => {},
    };
    state.evaluations.push({ step: i, metrics: { eval_loss: loss } });
    callback.onEvaluate?.(state, control, { eval_loss: loss });
    if (stopped) return i;
  }
  return null;
}

test('stops after `patience` evaluations without a new best', () => {
  expect(stopsAt([3, 2, 2.5, 2.1])).toBe(3);
  expect(stopsAt([3, 2, 2.5, 1.9, 2])).toBeNull();
  expect(stopsAt([3, 2, 2, 2])).toBe(3);
  expect(stopsAt([1, 2, 1.5, 1.6], { greaterIsBetter: true })).toBe(3);
});

test('a metric that the evaluation does not have is an error', () => {
  expect(() => stopsAt([1], { metric: 'eval_accuracy' })).toThrow('has no eval_accuracy, only eval_loss');
});
