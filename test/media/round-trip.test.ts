/** What is written comes back: frame for frame, colour for colour, tone for tone. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MediaPool } from '../../lib/media/pool.js';
import { amplitude, colourAt, scratchFolder, testClip, wavFile } from './clips.js';

const folder = scratchFolder();
const pool = new MediaPool({ workers: 2, tmpDir: folder });
const clip = testClip();
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  await Promise.all(['a.mp4', 'a.mkv', 'a.webm'].map((name) => pool.encode(path(name), clip)));
  await pool.encode(path('a.wav'), { audio: clip.audio, sampleRate: clip.sampleRate });
  await pool.encode(path('silent.mp4'), { ...clip, audio: undefined });
});

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

/** Largest error over pixels at least 3 away from an edge between colours (4:2:0 halves the colour resolution). */
function worstColour(frames: Uint8Array, indices: number[], size: number): number {
  const inside = (v: number) => v >= 3 && v < size - 3 && Math.abs(v - size / 2 + 0.5) > 3;
  let worst = 0;
  indices.forEach((index, n) => {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        if (!inside(x) || !inside(y)) continue;
        const at = ((n * size + y) * size + x) * 3;
        colourAt(index, x, y, 64).forEach((value, c) => {
          worst = Math.max(worst, Math.abs(frames[at + c]! - value));
        });
      }
    }
  });
  return worst;
}

describe.each(['a.mp4', 'a.mkv', 'a.webm'])('%s', (name) => {
  test('every frame returns with its colours', async () => {
    const { video, duration } = await pool.decode(path(name));
    expect(video!.shape).toEqual([32, 64, 64, 3]);
    expect(video!.fps).toBeCloseTo(8, 6);
    expect(video!.totalFrames).toBe(32);
    expect(duration).toBeCloseTo(4, 1);
    expect(worstColour(video!.frames, video!.indices, 64)).toBeLessThanOrEqual(8);
  });

  test('timestamps are index / fps and agree with the presentation times of a constant rate', async () => {
    const { video } = await pool.decode(path(name), { audio: false });
    const expected = Array.from({ length: 32 }, (_, i) => i / 8);
    expect(video!.timestamps).toEqual(expected);
    video!.pts.forEach((pts, i) => {
      expect(pts).toBeCloseTo(expected[i]!, 2);
    });
  });

  test('the tone keeps frequency, loudness and onset', async () => {
    const { audio } = await pool.decode(path(name), { video: false });
    const { samples, sampleRate } = audio!;
    expect(sampleRate).toBe(16000);
    expect(Math.abs(samples.length - 64000)).toBeLessThanOrEqual(1024);
    expect(amplitude(samples, 16000, 1000, 34000, 62000)).toBeCloseTo(0.5, 1);
    expect(amplitude(samples, 16000, 1100, 34000, 62000)).toBeLessThan(0.01);
    const onset = samples.findIndex((sample) => Math.abs(sample) > 0.25);
    expect(Math.abs(onset / 16000 - 2)).toBeLessThan(0.005);
  });
});

test('probe tells tracks, sizes and rates', async () => {
  expect(await pool.probe(path('a.mp4'))).toMatchObject({
    duration: 4,
    video: { codec: 'h264', width: 64, height: 64, fps: 8, frames: 32, duration: 4, rotation: 0 },
    audio: { codec: 'aac', sampleRate: 16000, channels: 1 },
  });
});

test('the same clip gives the same bytes', async () => {
  await pool.encode(path('again.mp4'), clip);
  expect(readFileSync(path('again.mp4')).equals(readFileSync(path('a.mp4')))).toBe(true);
});

test('a file of sound alone, a file of pictures alone', async () => {
  const sound = await pool.decode(path('a.wav'));
  expect(sound.video).toBeNull();
  expect(sound.audio!.samples.length).toBe(64000);
  const worst = sound.audio!.samples.reduce((max, s, i) => Math.max(max, Math.abs(s - clip.audio[i]!)), 0);
  expect(worst).toBeLessThanOrEqual(1 / 65536 + 1e-7);

  const pictures = await pool.decode(path('silent.mp4'));
  expect(pictures.audio).toBeNull();
  expect(pictures.video!.shape[0]).toBe(32);
});

test('channels become their mean and the sample rate is converted', async () => {
  const tone = (hz: number, volume: number) =>
    Float32Array.from({ length: 88200 }, (_, i) => volume * Math.sin((2 * Math.PI * hz * i) / 44100));
  writeFileSync(path('stereo.wav'), wavFile([tone(440, 0.8), tone(7000, 0.4)], 44100));
  const { audio } = await pool.decode(path('stereo.wav'));
  expect(audio!.samples.length).toBe(32000);
  let worst = 0;
  for (let i = 1000; i < 31000; i++) {
    const exact =
      0.4 * Math.sin((2 * Math.PI * 440 * i) / 16000) + 0.2 * Math.sin((2 * Math.PI * 7000 * i) / 16000);
    worst = Math.max(worst, Math.abs(audio!.samples[i]! - exact));
  }
  expect(worst).toBeLessThan(2e-4);
});

test.each([9, 24, 64, 65, 255])('the mean of %d channels counts each of them', async (count) => {
  const silence = new Float32Array(1600);
  const channels = Array.from({ length: count }, (_, c) =>
    c === count - 1 ? silence.map(() => 0.5) : silence,
  );
  writeFileSync(path('many.wav'), wavFile(channels, 16000));
  const { audio } = await pool.decode(path('many.wav'));
  const worst = audio!.samples.reduce((max, sample) => Math.max(max, Math.abs(sample - 0.5 / count)), 0);
  expect([audio!.samples.length, worst < 1e-6 + 1 / 32768 / count]).toEqual([1600, true]);
});

test.each([
  ['u8p', 1 / 128],
  ['s16p', 1 / 32768],
  ['s32p', 1e-7],
  ['fltp', 1e-7],
])('nine channels in planes of %s are all in the mean', async (format, step) => {
  // Eight channels of 0.5 and one of -0.5.
  const script = join(__dirname, 'many-channels.mjs');
  execFileSync(process.execPath, [script, path('planes.mka'), format, '9'], { stdio: 'ignore' });
  const { audio } = await pool.decode(path('planes.mka'));
  const worst = audio!.samples.reduce((max, sample) => Math.max(max, Math.abs(sample - 3.5 / 9)), 0);
  expect([audio!.samples.length, worst <= step]).toEqual([1600, true]);
});

test('what lies above the new band does not fold back into it', async () => {
  const tone = Float32Array.from(
    { length: 88200 },
    (_, i) => 0.8 * Math.sin((2 * Math.PI * 9000 * i) / 44100),
  );
  writeFileSync(path('high.wav'), wavFile([tone], 44100));
  const { audio } = await pool.decode(path('high.wav'));
  expect(amplitude(audio!.samples, 16000, 7000, 1000, 31000)).toBeLessThan(1e-4);
});

test('frames by fps, by number, by span', async () => {
  const indices = async (options: Parameters<MediaPool['decode']>[1]) => {
    const { video } = await pool.decode(path('a.mp4'), { audio: false, ...options });
    expect(worstColour(video!.frames, video!.indices, 64)).toBeLessThanOrEqual(8);
    return video!.indices;
  };
  expect(await indices({ video: { fps: 2 } })).toEqual([0, 4, 8, 12, 16, 20, 24, 28]);
  expect(await indices({ video: { fps: 3 } })).toEqual([0, 2, 5, 8, 10, 13, 16, 18, 21, 24, 26, 29]);
  expect(await indices({ video: { maxFrames: 3 } })).toEqual([0, 10, 21]);
  expect(await indices({ video: { indices: [1, 7, 31] } })).toEqual([1, 7, 31]);
  expect(await indices({ video: { fps: 4 }, start: 1, end: 2.5 })).toEqual([8, 10, 12, 14, 16, 18]);
});

test('a span cuts sound at the sample', async () => {
  const whole = await pool.decode(path('a.mp4'), { video: false });
  const part = await pool.decode(path('a.mp4'), { video: false, start: 1.5, end: 3.25 });
  expect(part.audio!.samples).toEqual(whole.audio!.samples.slice(24000, 52000));
});

test('frames are scaled only on request', async () => {
  const { video } = await pool.decode(path('a.mp4'), { video: { width: 32 }, audio: false });
  expect(video!.shape).toEqual([32, 32, 32, 3]);
  expect(video!.frames.length).toBe(32 * 32 * 32 * 3);
  // The centre of the first frame's first quadrant is still red.
  expect(Math.abs(video!.frames[(8 * 32 + 8) * 3]! - 220)).toBeLessThanOrEqual(8);
});

test('a cut holds the span and nothing else', async () => {
  await pool.cut(path('a.mp4'), path('cut.mp4'), [1.5, 3]);
  const { video, audio } = await pool.decode(path('cut.mp4'));
  expect(video!.shape).toEqual([12, 64, 64, 3]);
  const original = video!.indices.map((index) => index + 12);
  expect(worstColour(video!.frames, original, 64)).toBeLessThanOrEqual(12);
  expect(Math.abs(audio!.samples.length - 24000)).toBeLessThanOrEqual(1024);
  const onset = audio!.samples.findIndex((sample) => Math.abs(sample) > 0.25);
  expect(Math.abs(onset / 16000 - 0.5)).toBeLessThan(0.005);
});

test('a clip without sound is not cut into a sound file, and the error knows no temporary file', async () => {
  await expect(pool.cut(path('silent.mp4'), path('cut.wav'), [0, 1])).rejects.toMatchObject({
    code: 'NO_TRACK',
    message: `${path('silent.mp4')}: it holds no sound, and .wav files hold no pictures (NO_TRACK)`,
  });
});
