/**
 * Whole files as other programs write them (test/fixtures/media/containers/make.sh): what they hold is known from how they
 * were made, or from the ffmpeg program.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { MediaPool } from '../../lib/media/pool.js';
import { amplitude, scratchFolder, wavFile } from './clips.js';

const folder = scratchFolder();
const pool = new MediaPool({ workers: 2, tmpDir: folder });
const path = (name: string) => join(folder, name);
const fixture = (name: string) => join(__dirname, '../fixtures/media/containers', name);

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

function write(name: string, bytes: Uint8Array): string {
  writeFileSync(path(name), bytes);
  return path(name);
}

/** The tone of 440 Hz that every file with sound holds has the amplitude 1/8. */
function expectTone(samples: Float32Array, sampleRate: number): void {
  const [from, to] = [Math.round(0.15 * sampleRate), Math.round(0.35 * sampleRate)];
  expect(amplitude(samples, sampleRate, 440, from, to)).toBeCloseTo(0.125, 1);
}

describe('samples without compression, whose index counts samples', () => {
  test.each(['pcm.mov', 'mulaw.mov', 'pcm.avi', 'mulaw.avi'])('%s', async (name) => {
    expect(await pool.probe(fixture(name))).toMatchObject({
      duration: 0.4,
      lengthStated: true,
      video: { frames: 4, fps: 10 },
      audio: { sampleRate: 8000, duration: 0.4 },
    });
    const { video, audio } = await pool.decode(fixture(name), { audio: { sampleRate: 8000 } });
    expect([video!.shape[0], audio!.samples.length]).toEqual([4, 3200]);
    expectTone(audio!.samples, 8000);
  });
});

describe('empty packets repeat the picture before them', () => {
  test.each([
    ['empty-packets.avi', [0, 0.5, 0.8, 1.1]],
    ['repeats.ogv', [0, 0.2, 0.5]],
  ])('%s', async (name, times) => {
    const { video } = await pool.decode(fixture(name));
    expect(video!.totalFrames).toBe(times.length);
    video!.pts.forEach((pts, i) => {
      expect(pts).toBeCloseTo(times[i]!, 6);
    });
  });
});

test('a cut whose edit list hides packets at its start holds what is shown', async () => {
  const { video, audio } = await pool.decode(fixture('cut.mp4'), { audio: { sampleRate: 48_000 } });
  expect(video!.shape[0]).toBe(7);
  expect(audio!.samples.length).toBe(33_856);
});

describe('pictures at the start that refer to others in front of it are left out, as the ffmpeg program does', () => {
  test.each([
    ['open-hevc.mkv', [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9]],
    ['open-h264.mkv', [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9]],
  ])('%s', async (name, times) => {
    expect((await pool.probe(fixture(name))).video!.frames).toBe(times.length);
    const { video } = await pool.decode(fixture(name));
    expect(video!.shape[0]).toBe(times.length);
    expect(video!.pts).toEqual(times.map((time) => expect.closeTo(time, 6)));
  });

  test.each([
    ['broadcast.mpegts', 18],
    ['cut.mpg', 15],
  ])('%s', async (name, frames) => {
    expect((await pool.probe(fixture(name))).video).toMatchObject({ frames, fps: 25 });
    const { video, audio } = await pool.decode(fixture(name));
    expect(video!.shape[0]).toBe(frames);
    expectTone(audio!.samples, 16_000);
  });

  test('a picture that is damaged behind the first good one remains an error', async () => {
    const bytes = readFileSync(fixture('open-hevc.mkv'));
    // 31 bytes of the packet that many others refer to, the sixth.
    bytes.fill(0x55, 3424 + 12, 3424 + 36);
    await expect(pool.decode(write('damaged.mkv', bytes))).rejects.toMatchObject({ code: 'DAMAGED' });
  });
});

test.each(['subtitle.mkv', 'subtitle.webm', 'two-sounds.mkv'])(
  '%s: a track that is not decoded may last longer',
  async (name) => {
    const info = await pool.probe(fixture(name));
    expect(info).toMatchObject({ lengthStated: true, video: { frames: 10 } });
    expect(info.duration).toBeCloseTo(1, 2);
    const { video, audio } = await pool.decode(fixture(name));
    expect(video!.shape[0]).toBe(10);
    expectTone(audio!.samples, 16_000);
  },
);

test.each([
  ['no-sound.mkv', 10],
  ['no-sound.webm', 10],
  ['no-sound.mp4', 10],
  // Of its ten packets seven repeat pictures.
  ['no-sound.ogv', 3],
])('%s: sound that is declared and empty is none', async (name, frames) => {
  expect(await pool.probe(fixture(name))).toMatchObject({ duration: expect.closeTo(1, 9), audio: null });
  const { video, audio } = await pool.decode(fixture(name));
  expect([video!.shape[0], audio]).toEqual([frames, null]);
  await expect(pool.decode(fixture(name), { audio: {} })).rejects.toMatchObject({ code: 'NO_TRACK' });
});

test('pictures that are declared and empty are none', async () => {
  const { video, audio, duration } = await pool.decode(fixture('no-pictures.mkv'), {
    audio: { sampleRate: 8000 },
  });
  expect(video).toBeNull();
  // 8000 samples and what the encoder adds: frames of 1024 are filled up.
  expect(audio!.samples.length).toBe(8192);
  expect(duration).toBeCloseTo(1, 1);
  expectTone(audio!.samples, 8000);
});

describe('containers and codecs beyond the common', () => {
  test('pictures of two fields come woven, by decode and by cut', async () => {
    expect((await pool.decode(fixture('fields.mp4'))).video!.shape).toEqual([10, 32, 32, 3]);
    await pool.cut(fixture('fields.mp4'), path('fields.mkv'), [0, 0.5]);
    expect((await pool.decode(path('fields.mkv'))).video!.shape[0]).toBe(5);
  });

  test.each([
    ['a.mpg', 'mpeg1video', 10, 25, 'mp2', 16_000],
    ['a.wmv', 'wmv2', 10, 10, 'wmav2', 8000],
  ])('%s', async (name, picture, frames, fps, sound, sampleRate) => {
    expect(await pool.probe(fixture(name))).toMatchObject({
      video: { codec: picture, frames, fps },
      audio: { codec: sound, sampleRate },
    });
    const { video, audio } = await pool.decode(fixture(name));
    expect(video!.shape[0]).toBe(frames);
    expectTone(audio!.samples, 16_000);
  });

  test.each([
    ['a.wma', 7680],
    ['a.aiff', 3200],
  ])('%s', async (name, samples) => {
    const { audio } = await pool.decode(fixture(name), { audio: { sampleRate: 8000 } });
    // The first packets of a wma file only fill the decoder: silence up to the first sample's time.
    const first = audio!.samples.findIndex((sample) => sample !== 0);
    expect(audio!.samples.length - (first > 1 ? first : 0)).toBe(samples);
    expectTone(audio!.samples, 8000);
  });

  test.each([
    ['a.gif', 'gif'],
    ['a.au', 'au'],
    ['a.h264', 'h264'],
  ])('%s is a format that is named and not accepted', async (name, format) => {
    const refusal = { code: 'UNSUPPORTED', reason: expect.stringContaining(`its format is ${format} (`) };
    await expect(pool.probe(fixture(name))).rejects.toMatchObject(refusal);
    await expect(pool.decode(fixture(name))).rejects.toMatchObject(refusal);
  });
});

describe('files that state their length, cut off in the middle', () => {
  const names = ['pcm.mov', 'mulaw.mov', 'pcm.avi', 'mulaw.avi', 'empty-packets.avi', 'repeats.ogv'];
  const others = ['cut.mp4', 'subtitle.mkv', 'two-sounds.mkv', 'no-sound.webm', 'a.wmv', 'a.wma', 'a.aiff'];
  test.each([...names, ...others])('%s', async (name) => {
    const bytes = readFileSync(fixture(name));
    for (const part of [0.3, 0.5, 0.7, 0.9]) {
      const file = write(`cut-off${extname(name)}`, bytes.subarray(0, Math.floor(part * bytes.length)));
      const refusal = { reason: { code: expect.stringMatching(/^(TRUNCATED|INVALID)$/) } };
      expect([part, ...(await Promise.allSettled([pool.probe(file)]))]).toMatchObject([part, refusal]);
    }
  });

  test('a matroska file whose second half was never written', async () => {
    const bytes = readFileSync(fixture('two-sounds.mkv'));
    const file = write('zeros.mkv', Buffer.from(bytes).fill(0, bytes.length / 2));
    await expect(pool.probe(file)).rejects.toMatchObject({ code: 'TRUNCATED' });
  });
});

describe('a wav file', () => {
  const whole = wavFile([new Float32Array(8000).fill(0.5)], 8000);
  const sized = (size: number) => {
    const bytes = Buffer.from(whole);
    bytes.writeUInt32LE(Math.min(size + 36, 0xffffffff), 4);
    bytes.writeUInt32LE(size, 40);
    return bytes;
  };

  // ffmpeg; nothing filled in; sox and espeak; arecord.
  test.each([0xffffffff, 0, 0x7ffff000, 0x80000000, 0x7fffffff])(
    'written through a pipe with the size %d is whole',
    async (size) => {
      const file = write('piped.wav', sized(size));
      expect(await pool.probe(file)).toMatchObject({ duration: 1, lengthStated: false });
      const { audio } = await pool.decode(file, { audio: { sampleRate: 8000 } });
      expect(audio!.samples.length).toBe(8000);
      const half = write('half.wav', sized(size).subarray(0, -1));
      await expect(pool.probe(half)).rejects.toMatchObject({ code: 'TRUNCATED' });
    },
  );

  test('with text behind its samples keeps its length, and is cut off where samples are missing', async () => {
    const list = Buffer.from('LIST\x04\0\0\0INFO', 'latin1');
    const bytes = Buffer.concat([whole, list]);
    bytes.writeUInt32LE(bytes.length - 8, 4);
    expect(await pool.probe(write('text.wav', bytes))).toMatchObject({ duration: 1, lengthStated: true });
    expect(await pool.probe(write('part.wav', bytes.subarray(0, -6)))).toMatchObject({ duration: 1 });
    await expect(pool.probe(write('short.wav', sized(16_002)))).rejects.toMatchObject({ code: 'TRUNCATED' });
  });
});

describe('a span in which one track has ended', () => {
  beforeAll(() =>
    pool.encode(path('uneven.mkv'), {
      frames: new Uint8Array(16 * 32 * 32 * 3).fill(90),
      width: 32,
      height: 32,
      fps: 8,
      audio: new Float32Array(8000).fill(0.25),
      sampleRate: 16_000,
    }),
  );

  test.each(['mp4', 'mkv', 'webm'])('cut to %s has the other', async (ending) => {
    await pool.cut(path('uneven.mkv'), path(`cut.${ending}`), [1, 2]);
    const { video, audio } = await pool.decode(path(`cut.${ending}`));
    expect([video!.shape[0], audio]).toEqual([8, null]);
  });

  test('cut to wav holds no samples', async () => {
    await pool.cut(path('uneven.mkv'), path('cut.wav'), [1, 2]);
    expect(await pool.probe(path('cut.wav'))).toMatchObject({ duration: 0, audio: { duration: 0 } });
    expect((await pool.decode(path('cut.wav'))).audio!.samples.length).toBe(0);
  });
});

describe('tags behind the sound', () => {
  const id3 = Buffer.alloc(128);
  id3.write('TAG');
  const fields = Buffer.concat([Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('Title\0hello')]);
  const frame = (flags: number) => {
    const bytes = Buffer.alloc(32);
    bytes.write('APETAGEX');
    [2000, fields.length + 32, 1, flags].forEach((value, i) => {
      bytes.writeUInt32LE(value, 8 + 4 * i);
    });
    return bytes;
  };
  const ape = Buffer.concat([frame(0xa0000000), fields, frame(0x80000000)]);

  beforeAll(() => {
    execFileSync(process.execPath, [join(__dirname, 'sound.mjs'), path('a.flac'), 'flac', '1']);
    execFileSync(process.execPath, [join(__dirname, 'sound.mjs'), path('a.aac'), 'aac', '1']);
    execFileSync(process.execPath, [join(__dirname, 'sound.mjs'), path('a.mp3'), 'libmp3lame', '1']);
    const piped = wavFile([new Float32Array(8000).fill(0.5)], 8000);
    piped.writeUInt32LE(0xffffffff, 40);
    write('a.wav', piped);
  });

  test.each(['a.flac', 'a.aac', 'a.mp3', 'a.wav'])('%s decodes as without them', async (name) => {
    const bare = (await pool.decode(path(name))).audio!.samples;
    for (const tags of [[id3], [ape], [ape, id3]]) {
      const tagged = write(`tagged${extname(name)}`, Buffer.concat([readFileSync(path(name)), ...tags]));
      expect((await pool.decode(tagged)).audio!.samples).toEqual(bare);
    }
  });

  test('two mp3 files joined, with tags and zeros between and behind them, are read to the end', async () => {
    const one = readFileSync(path('a.mp3'));
    const joined = Buffer.concat([one, id3, one, Buffer.alloc(1000), ape, id3]);
    const { audio } = await pool.decode(write('joined.mp3', joined), { audio: { sampleRate: 48_000 } });
    // Of each file 48 000 samples and what the encoder adds: at most three frames of 1152 and the header's own.
    expect(audio!.samples.length).toBeGreaterThanOrEqual(2 * 48_000);
    expect(audio!.samples.length).toBeLessThanOrEqual(2 * (48_000 + 4 * 1152));
    // The tone of sound.mjs is sin(i / 10) / 2.
    const hz = 48_000 / (20 * Math.PI);
    expect(amplitude(audio!.samples, 48_000, hz, 70_000, 90_000)).toBeCloseTo(0.5, 1);
  });
});
