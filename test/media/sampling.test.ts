/** Frame choice against numbers worked out by hand from transformers' `default_sample_indices`. */
import { frameRange, sampleFrames, sampleIndices } from '../../lib/media/sampling.js';

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

const evenly = (total: number, fps: number) => Array.from({ length: total }, (_, i) => i / fps);

test('a frame belongs to the span in which it appears, despite rounding', () => {
  expect(frameRange(evenly(40, 10), 4, 1.1, 2.2)).toEqual([11, 22]);
  expect(frameRange(evenly(40, 30000 / 1001), 1.34, 1.001, 1.2)).toEqual([30, 36]);
  expect(frameRange(evenly(40, 10), 4, 0, Number.POSITIVE_INFINITY)).toEqual([0, 40]);
});

test('a span in which none appears has the frame on the screen, if there is one', () => {
  expect(frameRange([0.5, 1, 5], 6, 2, 3)).toEqual([1, 2]);
  expect(frameRange([0.5, 1, 5], 6, 5.5, 5.6)).toEqual([2, 3]);
  expect(frameRange([0.5, 1, 5], 6, 0, 0.4)).toEqual([0, 0]);
  expect(frameRange([0.5, 1, 5], 6, 6, 7)).toEqual([3, 3]);
});

describe('a variable rate is sampled in time', () => {
  const track = { times: [0, 0.1, 0.2, 0.3, 1, 2, 8], end: 10, fps: 0.7, constant: false };
  const span = { start: 0, end: Number.POSITIVE_INFINITY };

  test.each([
    // One a second: at 0, 1, 2 .. 9 s; the frame of 2 s stays until 8 s.
    [{ ...span, fps: 1 }, [0, 4, 5, 6]],
    // At 0, 2.5, 5 and 7.5 s, and what is on the screen then.
    [{ ...span, maxFrames: 4 }, [0, 5]],
    // Few enough at one a second, else spread anew: at 0 and 5 s.
    [{ ...span, fps: 1, maxFrames: 4 }, [0, 4, 5, 6]],
    [{ ...span, fps: 1, maxFrames: 2 }, [0, 5]],
    // Ten a second, every frame; a rate beyond all measure, the same.
    [{ ...span, fps: 10 }, [0, 1, 2, 3, 4, 5, 6]],
    [{ ...span, fps: 1e12 }, [0, 1, 2, 3, 4, 5, 6]],
    [span, [0, 1, 2, 3, 4, 5, 6]],
    // [1, 3) at one a second: at 1 and 2 s. The end counts, not the next frame at 8 s.
    [{ start: 1, end: 3, fps: 1 }, [4, 5]],
    [{ start: 3, end: 4, fps: 1 }, [5]],
    [{ start: 0.05, end: 0.25, fps: 1 }, [1]],
  ])('%j', (sampling, expected) => {
    expect(sampleFrames(track, sampling)).toEqual(expected);
  });
});
