/** Lengths and orders that the towers are fed with. */
import { layOutAudio } from '../../lib/models/blocks/audio-layout.js';
import { frequencyAxes } from '../../lib/models/blocks/rope.js';
import { layOutVision } from '../../lib/models/blocks/vision-layout.js';
import {
  type AudioConfig,
  audioTokens,
  minAudioFrames,
  parseOmniConfig,
  patchify,
  visionTokens,
} from '../../lib/models/index.js';
import { torch } from '../../lib/tensor/index.js';
import { tinyConfig } from './tiny.js';

const config = parseOmniConfig(tinyConfig);
const vision = config.vision!;

describe('patches', () => {
  test('row by row: merge blocks of patches, each patch in the order channel, time, y, x', () => {
    const [count, height, width, patch] = [3, 16, 24, 4];
    const frames = torch
      .arange(0, count * 3 * height * width)
      .to('float32')
      .reshape([count, 3, height, width]);
    const { patches, grid } = patchify(frames, vision);
    expect(grid).toEqual([2, 4, 6]);
    const rows = patches.toArray() as number[][];
    const value = (frame: number, channel: number, y: number, x: number) =>
      ((Math.min(frame, count - 1) * 3 + channel) * height + y) * width + x;
    let row = 0;
    for (let group = 0; group < 2; group++)
      for (let blockRow = 0; blockRow < 2; blockRow++)
        for (let blockColumn = 0; blockColumn < 3; blockColumn++)
          for (let inRow = 0; inRow < 2; inRow++)
            for (let inColumn = 0; inColumn < 2; inColumn++, row++) {
              const expected: number[] = [];
              const [top, left] = [(blockRow * 2 + inRow) * patch, (blockColumn * 2 + inColumn) * patch];
              for (let channel = 0; channel < 3; channel++)
                for (let time = 0; time < 2; time++)
                  for (let y = 0; y < patch; y++)
                    for (let x = 0; x < patch; x++)
                      expected.push(value(group * 2 + time, channel, top + y, left + x));
              expect(rows[row]).toEqual(expected);
            }
    expect(row).toBe(rows.length);
    expect(visionTokens(grid, vision)).toBe(12);
  });

  test('frames of another size are refused', () => {
    expect(() => patchify(torch.zeros([1, 3, 12, 16]), vision)).toThrow(/sides divisible by 8/);
    expect(() => patchify(torch.zeros([1, 1, 16, 16]), vision)).toThrow(/shape \[1,1,16,16\]/);
  });
});

test('windows: cells window by window, short ones at the right and the bottom', () => {
  // 3 x 5 cells in windows of 2 x 2 cells.
  const layout = layOutVision([[2, 6, 10]], vision);
  const frame = [0, 1, 5, 6, 2, 3, 7, 8, 4, 9, 10, 11, 12, 13, 14];
  expect([...layout.order]).toEqual([...frame, ...frame.map((cell) => cell + 15)]);
  expect(layout.windows).toEqual([16, 16, 8, 8, 8, 4, 16, 16, 8, 8, 8, 4]);
  expect(layout.frames).toEqual([60, 60]);
  // Patches of cell 6, which stands fourth: rows 2-3, columns 2-3.
  expect([...layout.rows.slice(12, 16)]).toEqual([2, 2, 3, 3]);
  expect([...layout.columns.slice(12, 16)]).toEqual([2, 3, 2, 3]);
  for (const [cell, place] of layout.inverse.entries()) expect(layout.order[place]).toBe(cell);
});

test('audio lengths: 25 tokens a second for Qwen2.5, 13 for Qwen3', () => {
  const qwen2: AudioConfig = { ...config.audio!, chunk: 200 };
  expect([1, 2, 3, 4, 200, 399, 3000].map((frames) => audioTokens(frames, qwen2))).toEqual([
    0, 0, 1, 1, 50, 100, 750,
  ]);
  const qwen3: AudioConfig = {
    ...qwen2,
    chunk: 100,
    stem: { kind: '2d', strides: [2, 2, 2], channels: 4 },
    pool: 1,
  };
  expect([1, 8, 9, 100, 101, 3000].map((frames) => audioTokens(frames, qwen3))).toEqual([
    1, 1, 2, 13, 14, 390,
  ]);
  const layout = layOutAudio([250, 100], { ...qwen3, windowChunks: 2 });
  expect(layout).toEqual({
    chunks: [100, 100, 50, 100],
    rows: [13, 13, 7, 13],
    windows: [26, 7, 13],
    audios: [33, 13],
  });
  expect(() => layOutAudio([0], qwen3)).toThrow(/0 mel frames/);
});

test('audio lengths: the fewest mel frames that give a token', () => {
  const { audio } = config;
  const of = (change: object) => minAudioFrames({ ...audio!, ...change });
  // Qwen2.5: two rows, of frames 0-1 and 2-3, of which one frame each is enough: frames 0, 1, 2.
  expect(of({ chunk: 200, stem: { kind: '1d', strides: [1, 2] }, pool: 2 })).toBe(3);
  // Qwen3: any frame gives a row, every row a token.
  expect(of({ chunk: 100, stem: { kind: '2d', strides: [2, 2, 2], channels: 4 }, pool: 1 })).toBe(1);
  // 25 rows of a chunk of 50: the last one needs its first frame only.
  expect(of({ chunk: 50, stem: { kind: '1d', strides: [1, 2] }, pool: 25 })).toBe(49);
  // Chunks of 10 frames give 5 rows: two whole chunks and the first frame of the second row of a third.
  expect(of({ chunk: 10, stem: { kind: '1d', strides: [2] }, pool: 12 })).toBe(23);
});

test('frequencies of the published models', () => {
  const text = config.text;
  const sections = frequencyAxes({ ...text, mropeSection: [16, 24, 24] });
  expect([0, 15, 16, 39, 40, 63].map((d) => sections[d])).toEqual([0, 0, 1, 1, 2, 2]);
  const alternating = frequencyAxes({ ...text, mropeSection: [24, 20, 20], mropeInterleaved: true });
  expect([0, 1, 2, 3, 57, 58, 59, 60, 61, 63].map((d) => alternating[d])).toEqual([
    0, 1, 2, 0, 0, 1, 2, 0, 0, 0,
  ]);
});
