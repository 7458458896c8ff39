/** Frames and samples stand where the file's time stamps put them, whatever the rate, the offset and the edit list. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { MediaPool } from '../../lib/media/pool.js';
import type { Decoded } from '../../lib/media/types.js';
import { greyClip, greyNumbers, onsetOf, scratchFolder } from './clips.js';

const folder = scratchFolder();
const pool = new MediaPool({ workers: 2, tmpDir: folder });
const path = (name: string) => join(folder, name);

// Ten frames in the first second, then one a second; the last goes at 11 s.
const variable = [
  ...Array.from({ length: 10 }, (_, i) => i / 10),
  ...Array.from({ length: 10 }, (_, i) => i + 1),
];
const pictures = [...variable, 11];

interface Spec {
  pictures?: number[];
  sound?: [from: number, shift: number][];
  offset?: number;
}

function remux(name: string, spec: Spec, source = 'constant.mp4'): string {
  const script = join(__dirname, 'remux.mjs');
  execFileSync(process.execPath, [script, path(source), path(name), JSON.stringify(spec)]);
  return path(name);
}

const thousandths = (times: number[]): number[] => times.map((time) => Math.round(time * 1000) / 1000 + 0);

/** What is seen when: [seconds, number of the frame in the clip as it was written]. */
function seen({ video }: Decoded): [number, number][] {
  const numbers = greyNumbers(video!);
  return thousandths(video!.timestamps).map((time, i) => [time, numbers[i]!]);
}

/** The same from the frames' numbers, for the variable clip. */
const shown = (numbers: number[], start = 0): [number, number][] =>
  numbers.map((n) => [thousandths([variable[n]! - start])[0]!, n]);

beforeAll(async () => {
  await pool.encode(path('constant.mp4'), greyClip(20, 11, 5));
  remux('variable.mp4', { pictures });
  remux('variable.mkv', { pictures });
}, 60_000);

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

describe.each(['variable.mp4', 'variable.mkv'])('%s', (name) => {
  test('every frame has its own time', async () => {
    const { video } = await pool.decode(path(name), { audio: false });
    expect(greyNumbers(video!)).toEqual(variable.map((_, n) => n));
    expect(thousandths(video!.timestamps)).toEqual(variable);
    expect(thousandths(video!.pts)).toEqual(variable);
  });

  test('a span holds the frames and the sound of the same seconds', async () => {
    const span = await pool.decode(path(name), { start: 5, end: 7 });
    expect(seen(span)).toEqual(shown([14, 15]));
    expect(span.audio!.samples.length).toBe(32000);
    expect(onsetOf(span.audio!)).toBeLessThan(0.005);
    const before = await pool.decode(path(name), { start: 3.5, end: 5.25 });
    expect(seen(before)).toEqual(shown([13, 14]));
    expect(Math.abs(onsetOf(before.audio!) - 1.5)).toBeLessThan(0.005);
  });

  test('a span in which no frame appears has the one that is on the screen', async () => {
    expect(seen(await pool.decode(path(name), { start: 5.25, end: 5.75 }))).toEqual(shown([14]));
  });

  test('frame numbers name the same frames as before', async () => {
    expect(seen(await pool.decode(path(name), { video: { indices: [3, 12] } }))).toEqual(shown([3, 12]));
  });
});

test('frames are sampled in time, each at most once', async () => {
  const sampled = async (video: object) =>
    seen(await pool.decode(path('variable.mp4'), { audio: false, video }));
  // Every half second: 0, 0.5, then each later frame is on the screen twice.
  expect(await sampled({ fps: 2 })).toEqual(shown([0, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]));
  // At 0, 2.75, 5.5 and 8.25 s.
  expect(await sampled({ maxFrames: 4 })).toEqual(shown([0, 11, 14, 17]));
  expect(await sampled({ fps: 2, maxFrames: 4 })).toEqual(shown([0, 11, 14, 17]));
  expect(await sampled({ fps: 1000 })).toEqual(shown(variable.map((_, n) => n)));
});

test.each(['mp4', 'mkv', 'webm'])('a cut to %s keeps the times of pictures and sound', async (ending) => {
  const cut = async (span: [number, number]) => {
    await pool.cut(path('variable.mp4'), path(`cut.${ending}`), span);
    return pool.decode(path(`cut.${ending}`));
  };
  const aligned = await cut([4, 7]);
  expect(seen(aligned)).toEqual(shown([13, 14, 15], 4));
  expect(Math.abs(onsetOf(aligned.audio!) - 1)).toBeLessThan(0.005);
  // The frame that is on the screen at 5.5 s, then those of 6, 7 and 8 s.
  const between = await cut([5.5, 8.2]);
  expect(seen(between)).toEqual([
    [0, 14],
    [0.5, 15],
    [1.5, 16],
    [2.5, 17],
  ]);
  expect(Math.abs(between.audio!.samples.length / 16000 - 2.7)).toBeLessThan(0.07);
});

test('the last picture of a cut lasts to its end', async () => {
  await pool.cut(path('variable.mp4'), path('cut.mp4'), [5.5, 8.2]);
  const { video } = await pool.probe(path('cut.mp4'));
  expect(video!.duration).toBeCloseTo(2.7, 3);
});

test('a cut between two frames of a constant rate does not move them', async () => {
  await pool.cut(path('constant.mp4'), path('cut.mp4'), [0.25, 1]);
  const { video } = await pool.decode(path('cut.mp4'));
  expect(greyNumbers(video!)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  expect(thousandths(video!.timestamps)).toEqual([0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65]);
});

test.each([3, 30000 / 1001])(
  'a constant rate of %d is index / fps, without what the container rounds',
  async (fps) => {
    await pool.encode(path('rounded.mkv'), { ...greyClip(20, 1, 0), audio: undefined, fps });
    const { video } = await pool.decode(path('rounded.mkv'));
    video!.timestamps.forEach((time, i) => {
      expect(time).toBeCloseTo(i / fps, 9);
    });
    // Milliseconds.
    expect(thousandths(video!.pts)).toEqual(thousandths(video!.timestamps));
  },
);

describe('where the clock starts', () => {
  test('at the first time stamp, not at zero', async () => {
    const moved = await pool.decode(remux('offset.mkv', { pictures, offset: 100 }));
    expect(seen(moved)).toEqual(shown(variable.map((_, n) => n)));
    expect(Math.abs(onsetOf(moved.audio!) - 5)).toBeLessThan(0.005);
    expect(seen(await pool.decode(path('offset.mkv'), { start: 5, end: 7 }))).toEqual(shown([14, 15]));
  });

  test('a transport stream tells no priming samples: pictures start behind them, in step with the sound', async () => {
    const { video, audio } = await pool.decode(remux('offset.ts', { pictures, offset: 100 }));
    // AAC's first packet, 1024 samples of 16 kHz.
    expect(video!.timestamps[0]).toBeCloseTo(0.064, 3);
    expect(Math.abs(onsetOf(audio!) - video!.timestamps[14]!)).toBeLessThan(0.005);
  });

  test.each(['late.mkv', 'late.mp4'])(
    '%s: sound that starts half a second late stands there',
    async (name) => {
      const late = await pool.decode(remux(name, { sound: [[0, 0.5]] }));
      expect(late.duration).toBeCloseTo(11.5, 1);
      expect(late.video!.timestamps[0]).toBe(0);
      expect(late.audio!.samples.subarray(0, 7900).every((sample) => sample === 0)).toBe(true);
      expect(Math.abs(onsetOf(late.audio!) - 5.5)).toBeLessThan(0.005);
    },
  );

  test.each(['early.mkv', 'early.mp4'])('%s: sound before the first picture is kept', async (name) => {
    const early = await pool.decode(remux(name, { pictures: [...variable, 10.1].map((time) => time + 0.5) }));
    expect(seen(early)).toEqual(
      shown(
        variable.map((_, n) => n),
        -0.5,
      ),
    );
    expect(Math.abs(onsetOf(early.audio!) - 5)).toBeLessThan(0.005);
    const span = await pool.decode(path(name), { start: 5, end: 7 });
    expect(seen(span)).toEqual(shown([14, 15], -0.5));
    expect(onsetOf(span.audio!)).toBeLessThan(0.005);
  });

  test('what an edit list cuts off is not shown, and the rest starts at zero', async () => {
    // Negative time stamps become an edit list in mp4.
    const trimmed = await pool.decode(remux('trimmed.mp4', { pictures, offset: -0.5 }));
    expect(seen(trimmed)).toEqual(shown(variable.map((_, n) => n).slice(5), 0.5));
    expect(Math.abs(onsetOf(trimmed.audio!) - 4.5)).toBeLessThan(0.005);
  });
});

test('a gap in the sound is silence, and what follows keeps its place', async () => {
  const sound: Spec['sound'] = [[6, 2]];
  const { audio } = await pool.decode(remux('gap.mkv', { pictures, sound }), { video: false });
  const loud = (from: number, to: number): number =>
    audio!.samples
      .subarray(from * 16000, to * 16000)
      .reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  expect(Math.abs(onsetOf(audio!) - 5)).toBeLessThan(0.005);
  expect([loud(5.1, 5.9) > 0.4, loud(6.2, 7.9) < 0.01, loud(8.2, 12.9) > 0.4]).toEqual([true, true, true]);
  expect(Math.abs(audio!.samples.length / 16000 - 13)).toBeLessThan(0.07);
});

test('a last packet that is shorter than nothing does not make a file endless', async () => {
  // 0.7 s of Vorbis at 48 kHz: the last packet's time is 64 samples behind the end that its page states.
  const script = join(__dirname, 'sound.mjs');
  execFileSync(process.execPath, [script, path('short.ogg'), 'libvorbis', '0.7'], { stdio: 'ignore' });
  expect((await pool.probe(path('short.ogg'))).duration).toBeCloseTo(0.7, 2);
  expect((await pool.decode(path('short.ogg'))).audio!.sampleRate).toBe(16_000);
});

test('pictures that an avi file gives no time but that of decoding, and repeats, stand where they are repeated to', async () => {
  // The variable clip without its last second, by ffmpeg 8:
  //   -f lavfi -i "color=c=black:s=32x32:r=10:d=10,format=gray,geq=lum='20+10*if(lt(N,10),N,9+N/10)',
  //   select='lt(n,10)+not(mod(n,10))'" -fps_mode vfr -c:v mpeg4 -bf 2 -q:v 2
  const packed = readFileSync(join(__dirname, '..', 'fixtures', 'media', 'held-back.avi.gz'));
  writeFileSync(path('held-back.avi'), gunzipSync(packed));
  const frames = seen(await pool.decode(path('held-back.avi')));
  expect(frames.map(([, number]) => number)).toEqual(variable.slice(0, 19).map((_, n) => n));
  // The last frame leaves the decoder with the one before it.
  expect(frames.slice(0, 18)).toEqual(shown(variable.slice(0, 18).map((_, n) => n)));
  expect(seen(await pool.decode(path('held-back.avi'), { start: 5, end: 7 }))).toEqual(shown([14, 15]));
});

test('of an MPEG program stream, the picture that the decoder holds back to the end has its place behind the others', async () => {
  // By ffmpeg 8: -f lavfi -i "color=c=black:s=32x32:r=25:d=0.48,format=gray,geq=lum='20+10*N'" -c:v mpeg2video -q:v 2
  const packed = readFileSync(join(__dirname, '..', 'fixtures', 'media', 'held-back.mpg.gz'));
  writeFileSync(path('held-back.mpg'), gunzipSync(packed));
  const frames = seen(await pool.decode(path('held-back.mpg')));
  expect(frames).toEqual(Array.from({ length: 12 }, (_, n) => [n / 25, n]));
});
