/** What of a clip reaches the endpoint: the spans, their pictures and their sound, and no more. */
import { copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import type { JudgeRequest } from '../../lib/rewards/index.js';
import { greyClip, greyNumbers, onsetOf, testClip } from '../media/clips.js';
import { question } from '../rewards/batch.js';
import { closeEndpoints, endpoint, type Sent, scoring, warnings } from './endpoint.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-judge-test-'));
const pool = new MediaPool({ workers: 1, tmpDir: folder });
const path = (name: string) => join(folder, name);
// Two seconds at 10 frames a second, frame i of the grey i, and a tone from second 1 on.
const clip = greyClip(20, 2, 1);

beforeAll(async () => {
  await pool.encode(path('clip.mp4'), clip);
  await pool.encode(path('silent.mp4'), { ...clip, audio: undefined });
  await pool.encode(path('sound.wav'), { audio: clip.audio, sampleRate: clip.sampleRate });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await closeEndpoints();
});
afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

type Span = [number, number];
const about = (fields: Partial<Sample>): Sample => question({ video: path('clip.mp4'), ...fields });
const consistency = (span: Span, fields: Partial<Sample> = {}): JudgeRequest => ({
  kind: 'consistency',
  sample: about(fields),
  span,
  caption: 'a grey field and a tone',
});
const completeness = (spans: Span[], fields: Partial<Sample> = {}): JudgeRequest => ({
  kind: 'completeness',
  sample: about(fields),
  spans,
  captions: spans.map(() => 'a grey field'),
});

const partsOf = ({ body }: Sent) => {
  const { content } = body.messages[1];
  if (typeof content === 'string') throw new Error('no media');
  return content;
};
const texts = (sent: Sent) => partsOf(sent).flatMap(({ text }) => text ?? []);

/** The mp4 that was sent, decoded. */
async function videoIn(sent: Sent) {
  const urls = partsOf(sent).flatMap(({ video_url }) => video_url?.url ?? []);
  expect(urls).toHaveLength(1);
  const [head, data] = urls[0].split(',');
  expect(head).toBe('data:video/mp4;base64');
  writeFileSync(path('sent.mp4'), Buffer.from(data, 'base64'));
  return pool.decode(path('sent.mp4'));
}

/** Between two seconds. */
const loudest = (samples: Float32Array, from: number, to: number): number =>
  Math.max(...samples.subarray(from * 16_000, to * 16_000).map(Math.abs));

const jpegsIn = (sent: Sent): string[] =>
  partsOf(sent).flatMap(({ image_url }) => image_url?.url.replace('data:image/jpeg;base64,', '') ?? []);

/** JPEG files of these frames of the clip. */
async function jpegsOf(indices: number[]): Promise<string[]> {
  const { video } = await pool.decode(path('clip.mp4'), { video: { indices }, audio: false });
  const { width, height } = clip;
  const size = width * height * 3;
  const files = indices.map((_, i) =>
    pool.encodeBytes('mjpeg', {
      frames: video!.frames.subarray(i * size, (i + 1) * size),
      width,
      height,
      fps: 1,
    }),
  );
  return (await Promise.all(files)).map((file) => Buffer.from(file).toString('base64'));
}

describe("media: 'video'", () => {
  test('a span is an mp4 of four frames a second with its sound, between its seconds and the caption', async () => {
    const { judge, sent } = await endpoint(scoring(0.5));
    expect(await judge().judge([consistency([0.5, 1.5])])).toEqual([0.5]);
    const { video, audio } = await videoIn(sent[0]);
    expect(greyNumbers(video!)).toEqual([5, 7, 10, 12]);
    expect(video!.fps).toBeCloseTo(4, 6);
    // AAC has frames of 64 ms at 16 kHz.
    expect(Math.abs(onsetOf(audio!) - 0.5)).toBeLessThan(0.1);
    expect(partsOf(sent[0]).map(({ type }) => type)).toEqual(['text', 'video_url', 'text']);
    expect(texts(sent[0])).toEqual([
      'Seconds 0.5 to 1.5 of a clip of 2.0 seconds:',
      '{"caption":"a grey field and a tone"}',
    ]);
  });

  test('several spans are one mp4 in the order of the request, each with its own sound', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge().judge([
      completeness(
        [
          [1, 1.5],
          [0, 0.5],
          [1.5, 2],
        ],
        { answer: 'a blue circle' },
      ),
    ]);
    const { video, audio } = await videoIn(sent[0]);
    expect(greyNumbers(video!)).toEqual([10, 12, 0, 2, 15, 17]);
    expect(loudest(audio!.samples, 0.1, 0.4)).toBeGreaterThan(0.3);
    expect(loudest(audio!.samples, 0.6, 0.9)).toBeLessThan(0.1);
    expect(loudest(audio!.samples, 1.1, 1.4)).toBeGreaterThan(0.3);
    expect(texts(sent[0])[0]).toBe(
      'Seconds 1.0 to 1.5, 0.0 to 0.5, 1.5 to 2.0 of a clip of 2.0 seconds, one after another:',
    );
    expect(JSON.parse(texts(sent[0])[1])).toMatchObject({ rightAnswer: 'a blue circle' });
    expect(texts(sent[0])[1]).not.toContain('grey');
  });

  test('sound that ends before its pictures is followed by silence, so that later spans keep their own sound', async () => {
    const { audio, sampleRate } = clip;
    await pool.encode(path('short.wav'), { audio: audio.subarray(0, 1.25 * sampleRate), sampleRate });
    const { judge, sent } = await endpoint(scoring(1));
    await judge().judge([
      completeness(
        [
          [1, 1.5],
          [0, 0.5],
          [1, 1.25],
        ],
        { video: path('silent.mp4'), audio: path('short.wav') },
      ),
    ]);
    const { samples } = (await videoIn(sent[0])).audio!;
    expect(loudest(samples, 0.05, 0.2)).toBeGreaterThan(0.3);
    expect(loudest(samples, 0.35, 0.95)).toBeLessThan(0.1);
    expect(loudest(samples, 1.05, 1.2)).toBeGreaterThan(0.3);
  });

  test('the sound comes from its own file where the sample names one', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge().judge([consistency([0.5, 1.5], { video: path('silent.mp4'), audio: path('sound.wav') })]);
    expect(Math.abs(onsetOf((await videoIn(sent[0])).audio!) - 0.5)).toBeLessThan(0.1);
  });

  test('a clip without sound is an mp4 without sound', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge().judge([consistency([0, 1], { video: path('silent.mp4') })]);
    expect((await videoIn(sent[0])).audio).toBeNull();
  });

  test('a sample of sound alone is a wav', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge().judge([consistency([0.5, 1.5], { video: undefined, audio: path('sound.wav') })]);
    const [, { input_audio }] = partsOf(sent[0]);
    expect(input_audio!.format).toBe('wav');
    writeFileSync(path('sent.wav'), Buffer.from(input_audio!.data, 'base64'));
    const { audio } = await pool.decode(path('sent.wav'));
    expect(audio!.samples).toHaveLength(16_000);
    expect(onsetOf(audio!)).toBeCloseTo(0.5, 2);
  });

  test('a span ends with the clip, and its frames lie within the clip', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge().judge([consistency([1.5, 900])]);
    const { video } = await videoIn(sent[0]);
    expect(greyNumbers(video!)).toEqual([15, 17]);
    expect(texts(sent[0])[0]).toContain('Seconds 1.5 to 2.0 of');
  });

  test('where the sample knows how long its clip is, a span ends there', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge().judge([consistency([0.5, 2], { duration: 1 })]);
    expect(greyNumbers((await videoIn(sent[0])).video!)).toEqual([5, 7]);
    expect(texts(sent[0])[0]).toBe('Seconds 0.5 to 1.0 of a clip of 1.0 seconds:');
  });

  test('a span between two frames has the one on the screen', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge().judge([consistency([0.52, 0.58])]);
    expect(greyNumbers((await videoIn(sent[0])).video!)).toEqual([5]);
  });
});

describe('a clip whose sound is longer than its pictures', () => {
  beforeAll(() => pool.encode(path('long-sound.mp4'), { ...clip, frames: greyClip(10, 2, 1).frames }));
  const fields = { video: path('long-sound.mp4') };

  test('is black with its sound after them', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge().judge([consistency([1.2, 1.7], fields)]);
    const { video, audio } = await videoIn(sent[0]);
    expect(video!.shape).toEqual([2, 64, 64, 3]);
    expect(Math.max(...video!.frames)).toBeLessThan(10);
    expect(Math.max(...audio!.samples)).toBeGreaterThan(0.3);
  });

  test('has no pictures after them', async () => {
    const given = warnings();
    const { judge, sent } = await endpoint(scoring(1));
    const own = judge({ media: 'frames' });
    const after = consistency([1.2, 1.7], fields);
    const both = completeness(
      [
        [0.5, 0.9],
        [1.2, 1.7],
      ],
      fields,
    );
    expect(await own.judge([after, both])).toEqual([null, 1]);
    expect(given[0]).toContain('has no pictures in these spans');
    expect(jpegsIn(sent[0])).toEqual(await jpegsOf([5]));
  });
});

describe("media: 'frames'", () => {
  test('a span is two JPEG pictures a second, each after its second, without sound', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge({ media: 'frames' }).judge([consistency([0.5, 1.5])]);
    expect(jpegsIn(sent[0])).toEqual(await jpegsOf([5, 10]));
    expect(texts(sent[0]).slice(0, 3)).toEqual([
      'Seconds 0.5 to 1.5 of a clip of 2.0 seconds:',
      '0.5 s',
      '1.0 s',
    ]);
    expect(partsOf(sent[0]).every(({ type }) => type === 'text' || type === 'image_url')).toBe(true);
  });

  test('several spans are in the order of the request', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge({ media: 'frames' }).judge([
      completeness([
        [1, 2],
        [0, 0.4],
      ]),
    ]);
    expect(jpegsIn(sent[0])).toEqual([...(await jpegsOf([10, 15])), ...(await jpegsOf([0]))]);
  });

  test('a long span has eight pictures, and large pictures are made smaller', async () => {
    const [width, height] = [1280, 720];
    const frames = new Uint8Array(10 * width * height * 3);
    await pool.encode(path('large.mp4'), { frames, width, height, fps: 1 });
    const { judge, sent } = await endpoint(scoring(1));
    await judge({ media: 'frames' }).judge([consistency([0, 10], { video: path('large.mp4') })]);
    const files = jpegsIn(sent[0]);
    expect(files).toHaveLength(8);
    const bytes = Buffer.from(files[0], 'base64');
    const header = bytes.indexOf('ffc0', 0, 'hex');
    const [own, wide] = [bytes.readUInt16BE(header + 5), bytes.readUInt16BE(header + 7)];
    expect(own * wide).toBeLessThanOrEqual(448 * 448);
    expect(wide / own).toBeCloseTo(16 / 9, 1);
  });

  test('the judge is told that it hears nothing', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await judge({ media: 'frames' }).judge([consistency([0, 1])]);
    await judge({ media: 'video' }).judge([consistency([0, 1])]);
    expect(sent[0].body.messages[0].content).toContain('You get pictures without their sound');
    expect(sent[1].body.messages[0].content).toContain('If you can hear the sound');
  });
});

describe('cannot be judged, so that nothing is sent:', () => {
  beforeAll(() => {
    copyFileSync(path('clip.mp4'), path('cut-off.mp4'));
    truncateSync(path('cut-off.mp4'), 2000);
  });

  test.each<[string, Partial<Sample>, Span, 'video' | 'frames', RegExp]>([
    ['a clip that is not there', { video: path('none.mp4') }, [0, 1], 'video', /none\.mp4/],
    ['a clip that is cut off', { video: path('cut-off.mp4') }, [0, 1], 'video', /cut-off\.mp4/],
    ['a folder', { video: folder }, [0, 1], 'video', /not a file/],
    ['a sample without a clip', { video: undefined }, [0, 1], 'video', /has no clip/],
    ['a span after the end', {}, [5, 6], 'video', /has no second of these spans/],
    [
      'pictures of a sample of sound',
      { video: undefined, audio: path('sound.wav') },
      [0, 1],
      'frames',
      /has no pictures/,
    ],
    ['pictures of a file of sound', { video: path('sound.wav') }, [0, 1], 'frames', /sound\.wav/],
  ])('%s', async (_, fields, span, media, message) => {
    const given = warnings();
    const { judge, sent } = await endpoint(scoring(1));
    const own = judge({ media });
    expect(await own.judge([consistency(span, fields)])).toEqual([null]);
    expect(own.metrics()).toMatchObject({ httpRequests: 0, failures: { media: 1 } });
    expect(given[0]).toMatch(message);
    expect(given[0]).toContain('clip-1/q-1');
    expect(sent).toEqual([]);
  });
});

describe('the cache', () => {
  test('goes by what the file holds, and a hit decodes nothing', async () => {
    const cacheFolder = path('cache-1');
    const { judge, sent } = await endpoint(scoring(0.25));
    await judge({ cacheFolder }).judge([consistency([0, 1])]);
    copyFileSync(path('clip.mp4'), path('copy.mp4'));
    const decode = jest.spyOn(MediaPool.prototype, 'decode');
    const own = judge({ cacheFolder });
    expect(await own.judge([consistency([0, 1], { video: path('copy.mp4') })])).toEqual([0.25]);
    expect(own.metrics().cacheHits).toBe(1);
    expect(decode).not.toHaveBeenCalled();
    expect(sent).toHaveLength(1);
  });

  test('has another score for another file under the same name, other sound, another span and other media', async () => {
    const cacheFolder = path('cache-2');
    const { judge, sent } = await endpoint(scoring(0.25));
    const own = judge({ cacheFolder });
    await pool.encode(path('changing.mp4'), clip);
    const request = consistency([0, 1], { video: path('changing.mp4') });
    await own.judge([request]);
    await own.judge([request]);
    expect(sent).toHaveLength(1);
    await pool.encode(path('changing.mp4'), testClip(2));
    await own.judge([request]);
    expect(sent).toHaveLength(2);
    await own.judge([consistency([0, 1], { video: path('changing.mp4'), audio: path('sound.wav') })]);
    expect(sent).toHaveLength(3);
    await own.judge([consistency([0, 1.5], { video: path('changing.mp4') })]);
    expect(sent).toHaveLength(4);
    await judge({ cacheFolder, media: 'frames' }).judge([request]);
    expect(sent).toHaveLength(5);
  });
});

test('close ends the processes that decode', async () => {
  const { judge } = await endpoint(scoring(1));
  const own = judge();
  await own.judge([consistency([0, 1])]);
  const close = jest.spyOn(MediaPool.prototype, 'close');
  await own.close();
  expect(close).toHaveBeenCalledTimes(1);
});
