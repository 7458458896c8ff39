/** Arguments are checked at the door: each error is of its class and names what is wrong with which argument. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  frameRange,
  logMel,
  MediaError,
  MediaPool,
  normalizeFrames,
  resizeFrames,
  sampleIndices,
} from '../../lib/media/index.js';
import { torch } from '../../lib/tensor/index.js';
import { scratchFolder, wavFile } from './clips.js';

const folder = scratchFolder();
const pool = new MediaPool({ workers: 1, tmpDir: folder });
const path = (name: string) => join(folder, name);
const clip = { frames: new Uint8Array(2 * 4 * 4 * 3), width: 4, height: 4, fps: 8 };

beforeAll(() => {
  writeFileSync(path('a.wav'), wavFile([new Float32Array(1600)], 16_000));
  symlinkSync(path('loop.wav'), path('loop.wav'));
  execFileSync('mkfifo', [path('pipe.wav'), path('pipe.mp4')]);
  mkdirSync(path('folder.mp4'));
});

afterAll(async () => {
  // Nothing of the above reached a worker that could not go on.
  expect((await pool.probe(path('a.wav'))).duration).toBe(0.1);
  await pool.close();
  rmSync(folder, { recursive: true });
});

// biome-ignore lint/suspicious/noExplicitAny: arguments that types would refuse
type Any = any;

describe('paths', () => {
  test.each([
    ['a NUL character', 'a\0.wav', 'BAD_REQUEST', /NUL/],
    ['nothing', '', 'BAD_REQUEST', /empty/],
    ['too long a name', `${'x'.repeat(300)}.wav`, 'NOT_FOUND', /longer/],
    ['too long a path', `${'x/'.repeat(5000)}a.wav`, 'NOT_FOUND', /longer/],
    ['a loop of links', path('loop.wav'), 'UNREADABLE', /loop of symbolic links/],
    ['a file as a folder', path('a.wav/b.wav'), 'NOT_FOUND', /no such file/],
    ['a pipe', path('pipe.wav'), 'NOT_A_FILE', /pipe/],
    ['a device', '/dev/zero', 'NOT_A_FILE', /device/],
  ])('%s: each method that reads names it', async (_, file, code, reason) => {
    const outcomes = await Promise.allSettled([
      pool.probe(file),
      pool.decode(file),
      pool.cut(file, path('out.wav'), [0, 1]),
    ]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { name: 'MediaError', code, file } });
      expect((outcome as PromiseRejectedResult).reason.reason).toMatch(reason);
    }
  });

  test.each([null, undefined, 5, {}, new URL('file:///a.wav'), Buffer.from('a.wav')])(
    '%p is none',
    async (file: Any) => {
      await expect(pool.probe(file)).rejects.toThrow(TypeError);
      await expect(pool.decode(file)).rejects.toThrow(/^decode: file is .*, expected the path/);
      await expect(pool.encode(file, clip)).rejects.toThrow(/^encode: file is /);
      await expect(pool.cut(path('a.wav'), file, [0, 1])).rejects.toThrow(/^cut: out is /);
    },
  );

  test.each([
    ['out\0.mp4', 'BAD_REQUEST'],
    [`${'x'.repeat(300)}.mp4`, 'WRITE_FAILED'],
    [path('loop.wav/out.mp4'), 'WRITE_FAILED'],
    [path('pipe.mp4'), 'NOT_A_FILE'],
    [path('folder.mp4'), 'NOT_A_FILE'],
  ])('nothing is written to %p', async (file, code) => {
    await expect(pool.encode(file, clip)).rejects.toMatchObject({ name: 'MediaError', code, file });
  });

  test('a pipe in the place of a clip is left alone, a link is replaced and not followed', async () => {
    expect(statSync(path('pipe.mp4')).isFIFO()).toBe(true);
    writeFileSync(path('target'), 'kept');
    symlinkSync(path('target'), path('link.mp4'));
    await pool.encode(path('link.mp4'), clip);
    expect(readFileSync(path('target'), 'utf8')).toBe('kept');
    expect((await pool.probe(path('link.mp4'))).video!.frames).toBe(2);
  });

  test('a temporary folder that cannot be made', async () => {
    await using other = new MediaPool({ tmpDir: path('a.wav') });
    const code = 'WRITE_FAILED';
    await expect(other.encode(path('b.mp4'), clip)).rejects.toMatchObject({ name: 'MediaError', code });
  });
});

describe('options', () => {
  test.each<[unknown, RegExp]>([
    [null, /^decode: got null, expected an object/],
    [[], /^decode: got \[\], expected an object/],
    ['video', /^decode: got "video"/],
    [
      { vido: {} },
      /^decode: unknown option "vido"; did you mean "video"\? Options are video, audio, start, end, timeoutMs,/,
    ],
    [{ video: { maxframes: 1 } }, /^decode: video: unknown option "maxframes"; did you mean "maxFrames"\?/],
    [{ audio: { rate: 8000 } }, /^decode: audio: unknown option "rate"/],
    [{ toString: 1 }, /^decode: unknown option "toString"/],
    [{ video: true }, /^decode: video is true, expected an object, or false/],
    [{ video: null }, /^decode: video is null/],
    [{ video: { fps: '2' } }, /^decode: video: fps is "2", expected a number/],
    [{ video: { indices: 3 } }, /^decode: video: indices is 3, expected a list of numbers/],
    [
      { video: { indices: Object.assign([0], { 2: 2 }) } },
      /^decode: video: indices is .*, expected a list of numbers/,
    ],
    [{ start: 1n }, /^decode: start is 1n, expected a number/],
  ])('decode with %p', async (options, message) => {
    const error = await pool.decode(path('a.wav'), options as Any).catch((reason) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
  });

  test.each([
    [{ video: { maxFrames: 2.5 } }, /video\.maxFrames 2\.5/],
    [{ video: { indices: [-1] } }, /video\.indices -1/],
    [{ start: Number.NaN }, /start NaN/],
    [{ start: Number.POSITIVE_INFINITY }, /start Infinity/],
    [{ audio: { sampleRate: 0.5 } }, /audio\.sampleRate 0\.5/],
    [{ timeoutMs: 0 }, /timeoutMs is 0, expected a positive whole number/],
    [
      { maxRssBytes: 2 ** 30, maxResultBytes: 2 ** 30 },
      /maxResultBytes is 1073741824, expected at most 536870912/,
    ],
  ])('decode with the value %p', async (options, reason) => {
    const error: MediaError = await pool.decode(path('a.wav'), options).catch((rejection) => rejection);
    expect(error).toBeInstanceOf(MediaError);
    expect([error.code, error.file]).toEqual(['BAD_REQUEST', path('a.wav')]);
    expect(error.reason).toMatch(reason);
  });

  test.each<[object, RegExp]>([
    [{ ...clip, frames: new Float32Array(96) }, /^encode: frames is a Float32Array, expected a Uint8Array/],
    [{ ...clip, frames: [0, 0, 0] }, /^encode: frames is \[0,0,0\]/],
    [
      { audio: new Float64Array(9), sampleRate: 16_000 },
      /^encode: audio is a Float64Array, expected a Float32Array/,
    ],
    [{ audio: new Int16Array(9), sampleRate: 16_000 }, /^encode: audio is an? Int16Array/],
    [{ ...clip, heigth: 4 }, /^encode: unknown option "heigth"; did you mean "height"\?/],
  ])('encode with %p', async (input, message) => {
    await expect(pool.encode(path('b.mp4'), input as Any)).rejects.toThrow(TypeError);
    await expect(pool.encode(path('b.mp4'), input as Any)).rejects.toThrow(message);
    expect(existsSync(path('b.mp4'))).toBe(false);
  });

  test('encode with a sample that is not finite', async () => {
    const audio = Float32Array.of(0, 0, Number.NaN, 0);
    await expect(pool.encode(path('b.wav'), { audio, sampleRate: 16_000 })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      reason: expect.stringContaining('audio[2] is NaN'),
    });
  });

  test.each<[unknown, typeof TypeError | typeof MediaError]>([
    [undefined, TypeError],
    [null, TypeError],
    [[1], TypeError],
    [['0', 1], TypeError],
    [[2, 1], MediaError],
    [[0, Number.NaN], MediaError],
  ])('cut with the span %p', async (span, kind) => {
    await expect(pool.cut(path('a.wav'), path('out.wav'), span as Any)).rejects.toThrow(kind);
  });

  test.each<[unknown, RegExp]>([
    [null, /^MediaPool: got null/],
    [{ worker: 1 }, /^MediaPool: unknown option "worker"; did you mean "workers"\?/],
    [{ workers: '2' }, /^MediaPool: workers is "2", expected a number/],
    [{ tmpDir: 5 }, /^MediaPool: tmpDir is 5, expected a string/],
  ])('a pool with %p', (options, message) => {
    expect(() => new MediaPool(options as Any)).toThrow(TypeError);
    expect(() => new MediaPool(options as Any)).toThrow(message);
  });
});

test.each([
  [{ workers: 0 }, /^MediaPool: workers is 0, expected a positive whole number/],
  [{ maxRssBytes: 0.5 }, /^MediaPool: maxRssBytes is 0\.5/],
  [{ maxResultBytes: 2 ** 31 }, /^MediaPool: maxResultBytes is 2147483648, expected at most 1073741824/],
])('a pool with the value %p', (options, message) => {
  expect(() => new MediaPool(options)).toThrow(RangeError);
  expect(() => new MediaPool(options)).toThrow(message);
});

describe('features and frames', () => {
  const frames = torch.zeros([1, 4, 4, 3], { dtype: 'uint8' });
  const second = new Float32Array(16_000);
  const mean = [0.5, 0.5, 0.5];

  test.each<[string, () => unknown, typeof TypeError | typeof RangeError, RegExp]>([
    [
      'samples of another kind',
      () => logMel([0, 0] as Any, { melBins: 80 }),
      TypeError,
      /^logMel: samples is \[0,0\]/,
    ],
    ['no options', () => logMel(second, undefined as Any), TypeError, /^logMel: got nothing/],
    ['an unknown option', () => logMel(second, { melbins: 80 } as Any), TypeError, /did you mean "melBins"/],
    ['no bins', () => logMel(second, {} as Any), RangeError, /melBins is undefined/],
    ['half a bin', () => logMel(second, { melBins: 80.5 }), RangeError, /melBins is 80\.5/],
    ['a negative length', () => logMel(second, { melBins: 80, seconds: -1 }), RangeError, /seconds is -1/],
    [
      'an endless length',
      () => logMel(second, { melBins: 80, seconds: Infinity }),
      RangeError,
      /seconds is Infinity/,
    ],
    [
      'a broken sample',
      () => logMel(second.with(7, Number.NaN), { melBins: 80 }),
      RangeError,
      /samples\[7\] is NaN/,
    ],
    [
      'frames that are no tensor',
      () => resizeFrames(clip.frames as Any, 2, 2),
      TypeError,
      /frames is a Uint8Array/,
    ],
    [
      'float frames',
      () => resizeFrames(frames.to('float32'), 2, 2),
      TypeError,
      /dtype float32, expected a uint8 Tensor/,
    ],
    [
      'frames of another shape',
      () => resizeFrames(torch.zeros([4, 4, 3], { dtype: 'uint8' }), 2, 2),
      RangeError,
      /\[4,4,3\]/,
    ],
    ['a size of 0', () => resizeFrames(frames, 0, 2), RangeError, /toHeight is 0/],
    ['no size', () => resizeFrames(frames, 2, undefined as Any), RangeError, /toWidth is nothing/],
    ['a mean of two channels', () => normalizeFrames(frames, [0, 0], mean), RangeError, /mean is \[0,0\]/],
    ['a mean that is a number', () => normalizeFrames(frames, 0.5 as Any, mean), TypeError, /mean is 0\.5/],
    ['a std of 0', () => normalizeFrames(frames, mean, [1, 0, 1]), RangeError, /std is \[1,0,1\]/],
    ['frame numbers that are none', () => sampleIndices(0, Number.NaN, 8), RangeError, /to is NaN/],
    ['a rate of 0', () => sampleIndices(0, 8, 0), RangeError, /fileFps is 0/],
    ['half a frame at most', () => sampleIndices(0, 8, 8, 2, 0.5), RangeError, /maxFrames is 0\.5/],
    ['a span without a start', () => frameRange([0], 1, Number.NaN, 1), RangeError, /start NaN/],
  ])('%s', (_, call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });
});
