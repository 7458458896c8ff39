/** Frame choice against numbers worked out by hand from transformers' `default_sample_indices`. */
import { frameRange, sampleIndices } from '../../lib/media/sampling.js';

test.each([
  // total, fps of the file, fps wanted, most frames, expected: arange(n) * total // n with n = int(total / fileFps * fps)
  [10, 10, 5, undefined, [0, 2, 4, 6, 8]],
  [10, 10, 3, undefined, [0, 3, 6]],
  [7, 30000 / 1001, 15, undefined, [0, 2, 4]],
  [10, 10, undefined, 4, [0, 2, 5, 7]],
  [10, 10, 5, 2, [0, 5]],
  [3, 8, 100, undefined, [0, 1, 2]],
  [3, 8, 0.1, undefined, [0]],
])('%d frames at %d fps, wanted %d fps, at most %d', (total, fileFps, fps, most, expected) => {
  expect(sampleIndices(0, total, fileFps, fps, most)).toEqual(expected);
});

test('an empty range has no frames', () => {
  expect(sampleIndices(5, 5, 8, 2)).toEqual([]);
});

test('a frame belongs to the span in which it appears, despite rounding', () => {
  expect(frameRange(40, 10, 1.1, 2.2)).toEqual([11, 22]);
  expect(frameRange(40, 30000 / 1001, 1.001, 1.2)).toEqual([30, 36]);
  expect(frameRange(40, 10, 0, Number.POSITIVE_INFINITY)).toEqual([0, 40]);
});
