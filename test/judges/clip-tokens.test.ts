// Which tokens of a clip are in a span; every expected list is worked out by hand.

import { ClipTokens } from '../../lib/judges/clip-tokens.js';
import { type Span, windowsBeside } from '../../lib/judges/spans.js';

/** Two seconds: frames at 0, 0.5, 1 and 1.5 of two tokens each, sound of five tokens of 0.4 s. */
const clip = new ClipTokens(
  [
    { kind: 'text', length: 3 },
    { kind: 'clip', tokens: 5, rows: 1, columns: 2, times: [0, 0.5, 1, 1.5] },
  ],
  2,
  2,
);

test.each<[string, Span[], number[], number[], number, Span | null]>([
  ['the whole clip', [[0, 2]], [0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4], 1, [0, 2]],
  // Middles of frames: 0.25, 0.75, 1.25, 1.75; of sound: 0.2, 0.6, 1, 1.4, 1.8.
  ['middles in the span', [[0.5, 1.3]], [2, 3, 4, 5], [1, 2], 0.5, [0.4, 1.5]],
  ['the end is not in it', [[0.25, 0.75]], [0, 1], [1], 0.25, [0, 0.8]],
  ['between the middles: what is there in its middle', [[1.85, 1.95]], [6, 7], [4], 0.25, [1.5, 2]],
  [
    'two spans',
    [
      [0, 0.3],
      [1.7, 2],
    ],
    [0, 1, 6, 7],
    [0, 4],
    0.5,
    [0, 2],
  ],
  [
    'the same tokens once',
    [
      [0, 0.1],
      [0.1, 0.3],
    ],
    [0, 1],
    [0],
    0.25,
    [0, 0.5],
  ],
  ['over the end', [[1.7, 9]], [6, 7], [4], 0.25, [1.5, 2]],
  ['behind the end', [[2, 3]], [], [], 0, null],
  ['reversed', [[1.5, 0.5]], [], [], 0, null],
  ['empty', [[1, 1]], [], [], 0, null],
])('%s', (_, spans, vision, audio, fraction, stretch) => {
  const shown = clip.in(spans);
  expect(clip.tokens(shown)).toEqual({ vision, audio });
  expect(clip.fraction(shown)).toBeCloseTo(fraction, 10);
  expect(clip.stretch(shown)?.map((time) => Math.round(time * 10) / 10) ?? null).toEqual(stretch);
  const rest = clip.tokens(clip.without(shown));
  expect([...rest.vision, ...vision].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect([...rest.audio, ...audio].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
});

test('a clip with one track', () => {
  const sound = new ClipTokens([{ kind: 'audio', tokens: 4 }], 2, 2);
  expect(sound.tokens(sound.in([[0.5, 1]]))).toEqual({ vision: [], audio: [1] });
  expect(sound.fraction(sound.in([[0.5, 1]]))).toBe(0.25);
  const pictures = new ClipTokens([{ kind: 'video', rows: 1, columns: 1, times: [0, 1] }], 2, 0);
  expect(pictures.tokens(pictures.in([[0, 1]]))).toEqual({ vision: [0], audio: [] });
  const none = new ClipTokens([], 0, 0);
  expect(none.stretch(none.in([[0, 1]]))).toBeNull();
});

test.each<[Span, number, Span[]]>([
  [
    [1, 2],
    4,
    [
      [0, 1],
      [2.5, 3.5],
    ],
  ],
  [[0, 1], 4, [[2, 3]]],
  [[3, 4], 4, [[1, 2]]],
  [
    [0.25, 3.5],
    4,
    [
      [0, 0.25],
      [3.5, 4],
    ],
  ],
  [[0.125, 3.5], 4, [[3.5, 4]]],
  [
    [1, 1.125],
    1.25,
    [
      [0.4375, 0.5625],
      [1.125, 1.25],
    ],
  ],
  [[0, 4], 4, []],
])('windows beside %j of %f seconds', (span, duration, expected) => {
  expect(windowsBeside(span, duration, 0.25)).toEqual(expected);
});
