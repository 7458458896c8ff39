import type { Sample } from '../../lib/data/index.js';
import { DataOrder, type Taken } from '../../lib/train/data-order.js';

/** Twelve clips with one to three questions each. */
const samples: Sample[] = Array.from({ length: 12 }, (_, clip) =>
  Array.from({ length: 1 + (clip % 3) }, (_, q) => ({
    id: `${clip}/${q}`,
    video: `${clip}.mp4`,
    question: '?',
  })),
).flat();
const ids = ({ samples }: Taken) => samples.map(({ id }) => id);

test('an epoch has every sample once, the questions of a clip side by side', () => {
  const taken = new DataOrder(samples, 1).take(samples.length);
  expect(new Set(ids(taken)).size).toBe(samples.length);
  const clips = taken.samples.map(({ video }) => video).filter((video, i, all) => video !== all[i - 1]);
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

test('samples without a clip are shuffled among the others, not kept together', () => {
  const texts: Sample[] = Array.from({ length: 24 }, (_, i) => ({
    id: `text-${i}`,
    question: '?',
    audio: null,
  }));
  const { samples: taken } = new DataOrder([...samples, ...texts], 1).take(samples.length + texts.length);
  const changes = taken.filter((row, i) => i > 0 && 'video' in row !== 'video' in taken[i - 1]);
  expect(changes.length).toBeGreaterThan(4);
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
  expect(order.take(3).samples).toHaveLength(3);
});

test('occurrences count how often a sample was taken before, within an epoch and over epochs', () => {
  const [a, b] = samples;
  const order = new DataOrder([a, b, a], 3);
  const seen = new Map<string, number[]>();
  const take = (count: number, from = order) => {
    const { samples, occurrences } = from.take(count);
    for (const [i, { id }] of samples.entries()) seen.set(id, [...(seen.get(id) ?? []), occurrences[i]]);
  };
  take(4);
  // Resumed in the middle of the second epoch.
  const resumed = new DataOrder([a, b, a], 3);
  resumed.resume(JSON.parse(JSON.stringify(order.cursor)));
  take(5, resumed);
  expect(seen.get(a.id)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(seen.get(b.id)).toEqual([0, 1, 2]);
});
