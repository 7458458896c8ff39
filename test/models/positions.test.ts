import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MediaSpan, Modality } from '../../lib/batch/index.js';
import { layOut } from '../../lib/models/blocks/positions.js';

interface Recorded {
  rule: 'chunked' | 'merged';
  idsPerSecond: number;
  name: string;
  spans: (MediaSpan & { groups?: number; secondsPerGroup?: number })[];
  positions: [number[], number[], number[]];
  next: number;
  /** A letter a token: t text and markers, a audio, i image, v video. */
  tokens: string;
}

const file = join(__dirname, '..', 'fixtures', 'models', 'positions.json');
const records = JSON.parse(readFileSync(file, 'utf8')) as Recorded[];
const letters: Record<number, string> = {
  [Modality.text]: 't',
  [Modality.audio]: 'a',
  [Modality.image]: 'i',
  [Modality.video]: 'v',
};

/** The reference counts groups of equal length, in float32. */
function timed({ groups, secondsPerGroup, ...span }: Recorded['spans'][number]): MediaSpan {
  if (groups === undefined) return span;
  const times = Array.from({ length: groups }, (_, i) => Math.fround(i * Math.fround(secondsPerGroup!)));
  return { ...span, times } as MediaSpan;
}

describe("token layouts equal transformers' get_rope_index", () => {
  test.each(records.map((record) => [`${record.rule}: ${record.name}`, record] as const))(
    '%s',
    (_, record) => {
      const { rule, idsPerSecond, positions, next, tokens } = record;
      const spans = record.spans.map(timed);
      const layout = layOut(spans, { rule, idsPerSecond, idsPerAudioToken: 1, chunkSeconds: 2 });
      expect(layout.modality.map((byte) => letters[byte]).join('')).toBe(tokens);
      expect(layout.end.next).toBeCloseTo(next, 4);
      for (const [axis, actual] of [layout.time, layout.height, layout.width].entries()) {
        expect(actual.length).toBe(positions[axis].length);
        for (const [i, position] of actual.entries()) expect(position).toBeCloseTo(positions[axis][i], 4);
      }
    },
  );

  test('every rule and kind of span is among the records', () => {
    const kinds = new Set(records.flatMap((record) => record.spans.map((span) => span.kind)));
    expect([...kinds].sort()).toEqual(['audio', 'clip', 'image', 'text', 'video']);
    expect(records.length).toBe(20);
  });
});

test('few audio tokens a second stand several ids apart, in step with the video', () => {
  const config = { rule: 'merged', idsPerSecond: 10, idsPerAudioToken: 5, chunkSeconds: 2 } as const;
  const clip: MediaSpan = { kind: 'clip', tokens: 3, rows: 1, columns: 1, times: [0, 0.5, 1] };
  const layout = layOut([clip, { kind: 'audio', tokens: 2 }], config);
  expect(layout.time).toEqual([0, 1, 2, 2, 7, 7, 12, 12, 13, 14, 15, 20]);
  expect(layout.modality.map((byte) => letters[byte]).join('')).toBe('ttvavavattaa');
  expect(layout.end.next).toBe(21);
});

test.each([
  ['chunked', [2, 2 + 2, 2 + 25, 2 + 131]],
  ['merged', [2, 2 + 2.5, 2 + 25, 2 + 131.25]],
] as const)('%s: each frame group stands at its own time', (rule, expected) => {
  const config = { rule, idsPerSecond: 25, idsPerAudioToken: 1, chunkSeconds: 2 } as const;
  const video: MediaSpan = { kind: 'video', rows: 1, columns: 1, times: [0, 0.1, 1, 5.25] };
  const layout = layOut([{ kind: 'text', length: 2 }, video, { kind: 'text', length: 1 }], config);
  expect(layout.time.slice(2, 6)).toEqual(expected);
  expect(layout.height.slice(2, 6)).toEqual([2, 2, 2, 2]);
});

test('an empty prompt has no tokens and starts at zero', () => {
  const config = { rule: 'chunked', idsPerSecond: 25, idsPerAudioToken: 1, chunkSeconds: 2 } as const;
  const layout = layOut([], config);
  expect(layout).toEqual({ time: [], height: [], width: [], modality: [], end: { free: 0, next: 0 } });
});
