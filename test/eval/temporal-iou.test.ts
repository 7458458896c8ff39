import { temporalIoU } from '../../lib/eval/index.js';

type Spans = [number, number][];

test.each<[string, Spans, Spans, number]>([
  ['the same span', [[1, 3]], [[1, 3]], 1],
  // 1 s of 3 s
  ['half of each', [[0, 2]], [[1, 3]], 1 / 3],
  ['apart', [[0, 1]], [[2, 3]], 0],
  ['touching', [[0, 1]], [[1, 2]], 0],
  // The unions are the same.
  [
    'a span in two parts',
    [
      [0, 1],
      [1, 2],
    ],
    [[0, 2]],
    1,
  ],
  [
    'the same span twice',
    [
      [0, 1],
      [0, 1],
    ],
    [[0, 2]],
    0.5,
  ],
  // Predicted 0-1 and 3-4, reference 0.5-3.5: 1 s of 4 s.
  [
    'two against one',
    [
      [0, 1],
      [3, 4],
    ],
    [[0.5, 3.5]],
    0.25,
  ],
  [
    'overlapping spans',
    [
      [0, 2],
      [1, 3],
    ],
    [[0, 3]],
    1,
  ],
  ['no spans', [], [[0, 1]], 0],
  ['neither has any', [], [], 0],
  [
    'without a length, or reversed',
    [
      [1, 1],
      [3, 2],
    ],
    [[0, 4]],
    0,
  ],
])('%s', (_, predicted, reference, expected) => {
  expect(temporalIoU(predicted, reference)).toBeCloseTo(expected, 12);
  expect(temporalIoU(reference, predicted)).toBeCloseTo(expected, 12);
});
