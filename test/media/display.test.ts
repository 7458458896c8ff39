/** Frames are given as players show them: turned, mirrored, resized as PyTorch resizes; the shape of pixels is reported. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resizeFrames } from '../../lib/media/index.js';
import { MediaPool } from '../../lib/media/pool.js';
import { torch } from '../../lib/tensor/index.js';
import { scratchFolder, withDisplayMatrix } from './clips.js';

const folder = scratchFolder();
const pool = new MediaPool({ workers: 1, tmpDir: folder });
const path = (name: string) => join(folder, name);

// Four colours: red and green above, blue and white below.
const colours = { R: [220, 30, 30], G: [30, 200, 40], B: [40, 60, 230], W: [235, 235, 235] } as const;
const [width, height] = [64, 32];

/** Two frames of the four colours in quarters. */
function quarters(): Uint8Array {
  const frames = new Uint8Array(2 * width * height * 3);
  for (let i = 0; i < 2 * width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    frames.set(colours['RGBW'[(x < width / 2 ? 0 : 1) + (y < height / 2 ? 0 : 2)] as 'R'], 3 * i);
  }
  return frames;
}

/** The colours in the middles of the four quarters, row by row. */
function layout({ frames, shape: [, h, w] }: { frames: Uint8Array; shape: number[] }): string {
  const at = (x: number, y: number): string => {
    const pixel = frames.subarray(3 * (y * w! + x), 3 * (y * w! + x) + 3);
    const far = (colour: readonly number[]): number =>
      colour.reduce((sum, v, c) => sum + Math.abs(v - pixel[c]!), 0);
    return Object.entries(colours).find(([, colour]) => far(colour) < 40)?.[0] ?? '?';
  };
  const [left, right] = [Math.floor(w! / 4), Math.floor((3 * w!) / 4)];
  const [top, bottom] = [Math.floor(h! / 4), Math.floor((3 * h!) / 4)];
  return `${at(left, top)}${at(right, top)} ${at(left, bottom)}${at(right, bottom)}`;
}

/** The clip with another display matrix. */
function withMatrix(name: string, matrix: number[], source = 'a.mp4'): string {
  writeFileSync(path(name), withDisplayMatrix(readFileSync(path(source)), matrix));
  return path(name);
}

beforeAll(async () => {
  await pool.encode(path('a.mp4'), { frames: quarters(), width, height, fps: 8 });
});

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

describe('the display matrix', () => {
  // x' = ax + cy and y' = bx + dy, with y downwards.
  test.each([
    ['none', [1, 0, 0, 1], 0, 'RG BW'],
    ['a quarter turn clockwise', [0, 1, -1, 0], 90, 'BR WG'],
    ['a half turn', [-1, 0, 0, -1], 180, 'WB GR'],
    ['a quarter turn anticlockwise', [0, -1, 1, 0], 270, 'GW RB'],
    ['a mirror', [-1, 0, 0, 1], 180, 'GR WB'],
    ['a mirror and a quarter turn', [0, 1, 1, 0], 90, 'RB GW'],
  ])('%s', async (_, matrix, rotation, expected) => {
    const file = withMatrix('turned.mp4', matrix);
    expect((await pool.probe(file)).video).toMatchObject({ width, height, rotation });
    const { video } = await pool.decode(file);
    const swapped = matrix[0] === 0;
    expect(video!.shape).toEqual(swapped ? [2, width, height, 3] : [2, height, width, 3]);
    expect(layout(video!)).toBe(expected);
    const small = await pool.decode(file, { video: { width: 16 } });
    expect(small.video!.shape).toEqual([2, swapped ? 32 : 8, 16, 3]);
    expect(layout(small.video!)).toBe(expected);
    await pool.cut(file, path('cut.mp4'), [0, 0.25]);
    expect((await pool.probe(path('cut.mp4'))).video!.rotation).toBe(0);
    expect(layout((await pool.decode(path('cut.mp4'))).video!)).toBe(expected);
  });

  test('is left alone on request', async () => {
    const { video } = await pool.decode(withMatrix('turned.mp4', [0, 1, -1, 0]), {
      video: { autorotate: false },
    });
    expect([video!.shape, layout(video!)]).toEqual([[2, height, width, 3], 'RG BW']);
  });

  test('between two quarter turns is refused with the way out', async () => {
    const half = Math.SQRT1_2;
    const file = withMatrix('aslant.mp4', [half, half, -half, half]);
    await expect(pool.decode(file)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      reason: expect.stringMatching(/by 45 degrees, expected quarter turns.*autorotate false/),
    });
    const { video } = await pool.decode(file, { video: { autorotate: false } });
    expect(layout(video!)).toBe('RG BW');
  });
});

test('the shape of pixels is reported, turned with the picture, and kept by a cut', async () => {
  const script = join(__dirname, 'remux.mjs');
  execFileSync(process.execPath, [
    script,
    path('a.mp4'),
    path('flat.mp4'),
    JSON.stringify({ pixelAspect: [4, 3] }),
  ]);
  withMatrix('wide.mp4', [0, 1, -1, 0], 'flat.mp4');
  const aspect = async (name: string) => (await pool.probe(path(name))).video!.sampleAspectRatio;
  expect(await aspect('a.mp4')).toBe(1);
  expect(await aspect('wide.mp4')).toBeCloseTo(4 / 3, 9);
  const decoded = async (autorotate: boolean) =>
    (await pool.decode(path('wide.mp4'), { video: { autorotate } })).video!.sampleAspectRatio;
  expect([await decoded(true), await decoded(false)]).toEqual([3 / 4, 4 / 3]);
  await pool.cut(path('wide.mp4'), path('wide-cut.mp4'), [0, 0.25]);
  expect(await aspect('wide-cut.mp4')).toBeCloseTo(3 / 4, 9);
});

describe('frames are resized as they are decoded', () => {
  const full = async () => (await pool.decode(path('noise.mp4'))).video!;

  beforeAll(async () => {
    const frames = Uint8Array.from({ length: 2 * 90 * 130 * 3 }, (_, i) => (i * i * 31 + 7 * i) % 251);
    await pool.encode(path('noise.mp4'), { frames, width: 130, height: 90, fps: 8 });
  });

  test.each([
    [28, 56],
    [90, 28],
    [28, 130],
    [180, 200],
    [45, 300],
    [1, 1],
  ])('to %d x %d, byte for byte as PyTorch does', async (toHeight, toWidth) => {
    const { frames, shape } = await full();
    const expected = resizeFrames(torch.fromBuffer(frames, shape, 'uint8'), toHeight, toWidth);
    const { video } = await pool.decode(path('noise.mp4'), { video: { height: toHeight, width: toWidth } });
    expect(video!.shape).toEqual([2, toHeight, toWidth, 3]);
    expect(Buffer.compare(video!.frames, expected)).toBe(0);
  });

  test('to the size of a rule, after the turn', async () => {
    // 32 x 64 turned: 64 x 32, in steps of 14: 4.57 and 2.29 steps, so 70 x 28 = 1960 pixels.
    const file = withMatrix('turned.mp4', [0, 1, -1, 0]);
    const fit = { step: 14, minPixels: 196, maxPixels: 100_000 };
    expect((await pool.decode(file, { video: { fit } })).video!.shape).toEqual([2, 70, 28, 3]);
    await expect(pool.decode(file, { video: { fit, width: 28 } })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    await expect(pool.decode(file, { video: { fit: { ...fit, step: 0 } } })).rejects.toThrow(/fit\.step 0/);
  });

  test('a result counts at the size that it has', async () => {
    // 2 frames of 28 x 56 x 3 are 9,408 bytes; of the file's own size, 70,200.
    const video = { height: 28, width: 56 };
    expect((await pool.decode(path('noise.mp4'), { video, maxResultBytes: 9408 })).video!.shape[1]).toBe(28);
    await expect(pool.decode(path('noise.mp4'), { maxResultBytes: 9408 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
  });
});
