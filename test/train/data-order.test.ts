import type { Sample } from '../../lib/data/index.js';
import { DataOrder } from '../../lib/train/data-order.js';

/** Twelve clips with one to three questions each. */
const samples: Sample[] = Array.from({ length: 12 }, (_, clip) =>
  Array.from({ length: 1 + (clip % 3) }, (_, q) => ({
    id: `${clip}/${q}`,
    video: `${clip}.mp4`,
    question: '?',
  })),
).flat();
const ids = (taken: Sample[]) => taken.map(({ id }) => id);

test('an epoch has every sample once, the questions of a clip side by side', () => {
  const taken = new DataOrder(samples, 1).take(samples.length);
  expect(new Set(ids(taken)).size).toBe(samples.length);
  const clips = taken.map(({ video }) => video).filter((video, i, all) => video !== all[i - 1]);
  expect(clips).toHaveLength(12);
});

test('the order depends on seed and epoch alone', () => {
  const order = new DataOrder(samples, 1);
  const first = ids(order.take(samples.length));
  const second = ids(order.take(samples.length));
  expect(second).not.toEqual(first);
  expect(ids(new DataOrder(samples, 2).take(samples.length))).not.toEqual(first);
  expect(ids(new DataOrder(samples, 1).take(2 * samples.length))).toEqual([...first, ...second]);
});

test('a seed may have all 53 bits', () => {
  const largest = 2 ** 53 - 1;
  const order = ids(new DataOrder(samples, largest).take(samples.length));
  expect(new Set(order).size).toBe(samples.length);
  expect(ids(new DataOrder(samples, largest).take(samples.length))).toEqual(order);
});

test('a cursor continues where another stopped, across the end of an epoch', () => {
  const whole = new DataOrder(samples, 7);
  const expected = ids(whole.take(60));
  const before = new DataOrder(samples, 7);
  before.take(31);
  const after = new DataOrder(samples, 7);
  after.cursor = JSON.parse(JSON.stringify(before.cursor));
  expect(ids(after.take(29))).toEqual(expected.slice(31));
  expect(after.cursor).toEqual(whole.cursor);
});

test('no samples: an error', () => {
  expect(() => new DataOrder([], 1)).toThrow('trainDataset is empty');
});

test('a place beyond the samples is refused: they are not those that the checkpoint was made with', () => {
  const order = new DataOrder(samples.slice(0, 6), 1);
  expect(() => order.resume({ epoch: 0, index: 15 })).toThrow('trainDataset has 6');
  order.resume({ epoch: 2, index: 5 });
  expect(order.take(3)).toHaveLength(3);
});
