import { earlyStopping, type TrainerState } from '../../lib/train/index.js';

function stopsAt(losses: number[], options: Partial<Parameters<typeof earlyStopping>[0]> = {}) {
  return stopOf(losses, options)?.at ?? null;
}

function stopOf(losses: number[], options: Partial<Parameters<typeof earlyStopping>[0]>) {
  const state = { evaluations: [] as TrainerState['evaluations'] } as TrainerState;
  const callback = earlyStopping({ patience: 2, ...options });
  for (const [i, loss] of losses.entries()) {
    let reason: string | undefined;
    const control = {
      stop: (why?: string) => {
        reason = why;
      },
      save: () => {},
    };
    state.evaluations.push({ step: i, metrics: { eval_loss: loss } });
    callback.onEvaluate?.(state, control, { eval_loss: loss });
    if (reason !== undefined) return { at: i, reason };
  }
  return undefined;
}

test('stops after `patience` evaluations without a new best', () => {
  expect(stopsAt([3, 2, 2.5, 2.1])).toBe(3);
  expect(stopsAt([3, 2, 2.5, 1.9, 2])).toBeNull();
  expect(stopsAt([3, 2, 2, 2])).toBe(3);
  expect(stopsAt([1, 2, 1.5, 1.6], { greaterIsBetter: true })).toBe(3);
});

test('stops when the target is reached, and says which end it was', () => {
  const target = { patience: 3, target: 0.5 };
  expect(stopOf([3, 0.6, 0.4], target)).toEqual({ at: 2, reason: 'eval_loss is 0.4, target 0.5' });
  expect(stopOf([3, 4, 5, 6], target)).toEqual({
    at: 3,
    reason: 'eval_loss has not improved on 3 for 3 evaluations',
  });
  expect(stopsAt([3, 2, 1], { patience: null, target: 0.5 })).toBeNull();
});

test('a metric that is no loss is better when greater', () => {
  const metric = 'eval_accuracy';
  const state = { evaluations: [] as TrainerState['evaluations'] } as TrainerState;
  const stops: number[] = [];
  const { onEvaluate } = earlyStopping({ metric, patience: 2, target: 0.9 });
  for (const [i, value] of [0.2, 0.5, 0.4, 0.45].entries()) {
    state.evaluations.push({ step: i, metrics: { [metric]: value } });
    onEvaluate?.(state, { stop: () => stops.push(i), save: () => {} }, {});
  }
  expect(stops).toEqual([3]);
});

test('a metric that the evaluation does not have is an error', () => {
  expect(() => stopsAt([1], { metric: 'eval_accuracy' })).toThrow('has no eval_accuracy, only eval_loss');
});

test('an evaluation that is no number is worse than all others, also as a checkpoint keeps it', () => {
  expect(stopsAt([Number.NaN, 2, null as never, 1.5], { patience: 2 })).toBeNull();
  expect(stopsAt([2, Number.NaN, null as never], { patience: 2 })).toBe(2);
  expect(stopOf([null as never], { patience: null, target: 1 })).toBeUndefined();
});
