/** Cross-entropy with soft labels, by hand. */
import { softLabelLoss } from '../../lib/algorithms/index.js';
import { torch } from '../../lib/tensor/index.js';

// log-odds 0 and ln 3: q(right) is 1/2 and 3/4.
const logits = () =>
  torch.tensor(
    [
      [0.4, 0.4],
      [1, 1 + Math.log(3)],
    ],
    { dtype: 'float64', requiresGrad: true },
  );
const labels = (...values: number[]) => torch.tensor(values, { dtype: 'float64' });

test('is the mean over the labels of -p log q(right) - (1 - p) log q(wrong)', () => {
  const soft = softLabelLoss(logits(), labels(0.25, 0.5)).item();
  expect(soft).toBeCloseTo((Math.LN2 - 0.5 * Math.log(0.75) - 0.5 * Math.log(0.25)) / 2, 12);
  const hard = softLabelLoss(logits(), labels(1, 0)).item();
  expect(hard).toBeCloseTo((Math.LN2 - Math.log(0.25)) / 2, 12);
});

test('its gradient is q - p; labels that other micro-batches have count in the mean', () => {
  const given = logits();
  softLabelLoss(given, labels(0.25, 1), 8).backward();
  const [[w0, r0], [w1, r1]] = given.grad!.toArray() as number[][];
  expect(r0).toBeCloseTo((0.5 - 0.25) / 8, 12);
  expect(r1).toBeCloseTo((0.75 - 1) / 8, 12);
  expect([w0, w1]).toEqual([expect.closeTo(-r0, 12), expect.closeTo(-r1, 12)]);
});
