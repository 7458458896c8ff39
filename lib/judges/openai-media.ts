/** Spans of a sample's clip as parts of a chat message: one video with its sound, or pictures with their times. */
import type { Sample } from '../data/index.js';
import { type DecodedAudio, type DecodedVideo, MediaError, type MediaPool } from '../media/index.js';
import { JudgeFailure } from './openai-failure.js';
import type { MediaKind } from './openai-question.js';

type Span = readonly [start: number, end: number];

export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string } }
  | { type: 'video_url'; video_url: { url: string } }
  | { type: 'input_audio'; input_audio: { data: string; format: 'wav' } };

/** What is sent of a clip: part of the cache's keys. Sides are even, because h264 asks for it. */
export const clipSettings = {
  video: { fps: 4, maxFrames: 64, maxSpanFrames: 64 },
  frames: { fps: 2, maxFrames: 32, maxSpanFrames: 8 },
  fit: { step: 2, minPixels: 4, maxPixels: 448 * 448 },
  sampleRate: 16_000,
} as const;

interface Piece {
  video: DecodedVideo | null;
  audio: DecodedAudio | null;
  /** Frames that the span is shown with. */
  count: number;
}

/** @throws JudgeFailure for a clip that cannot be decoded or has nothing to show */
export async function clipParts(
  pool: MediaPool,
  sample: Sample,
  spans: readonly Span[],
  media: MediaKind,
): Promise<ContentPart[]> {
  const file = sample.video ?? sample.audio ?? undefined;
  if (file === undefined) throw nothingToShow(sample, 'clip');
  if (media === 'frames' && sample.video === undefined) throw nothingToShow(sample, 'pictures');
  try {
    const duration = sample.duration ?? (await pool.probe(file)).duration;
    const within = spans
      .filter(([start]) => start < duration)
      .map(([start, end]) => [start, Math.min(end, duration)] as const);
    if (within.length === 0) throw nothingToShow(sample, 'second of these spans');
    const seconds = within.reduce((sum, [start, end]) => sum + end - start, 0);
    const { fps, maxFrames, maxSpanFrames } = clipSettings[media];
    const rate = Math.min(fps, maxFrames / seconds);
    const pieces: Piece[] = [];
    for (const span of within) {
      const wanted = Math.ceil((span[1] - span[0]) * rate - 1e-6);
      const count = Math.min(Math.max(1, wanted), maxSpanFrames);
      pieces.push({ ...(await decodeSpan(pool, sample, span, count, media)), count });
    }
    const times = within.map(([start, end]) => `${start.toFixed(1)} to ${end.toFixed(1)}`).join(', ');
    const intro = `Seconds ${times} of a clip of ${duration.toFixed(1)} seconds${within.length > 1 ? ', one after another' : ''}:`;
    const shown =
      media === 'frames' ? await pictures(pool, sample, pieces) : await oneClip(pool, sample, pieces, rate);
    return [{ type: 'text', text: intro }, ...shown];
  } catch (error) {
    if (error instanceof MediaError) throw new JudgeFailure('media', `sample ${sample.id}: ${error.message}`);
    throw error;
  }
}

async function decodeSpan(
  pool: MediaPool,
  { video, audio }: Sample,
  [start, end]: Span,
  maxFrames: number,
  media: MediaKind,
): Promise<Pick<Piece, 'video' | 'audio'>> {
  const { fit, sampleRate } = clipSettings;
  const sound = { video: false, audio: { sampleRate }, start, end } as const;
  if (video === undefined) return pool.decode(audio ?? '', sound);
  // Left out: decoded where the file has it.
  const own = media === 'frames' || typeof audio === 'string' ? false : undefined;
  const pictures = await pool.decode(video, { video: { maxFrames, fit }, audio: own, start, end });
  if (media === 'frames' || typeof audio !== 'string') return pictures;
  return { ...pictures, audio: (await pool.decode(audio, sound)).audio };
}

/** JPEG pictures, each after its second. A span after the last picture has none. */
async function pictures(pool: MediaPool, sample: Sample, pieces: readonly Piece[]): Promise<ContentPart[]> {
  const parts: ContentPart[] = [];
  for (const { video } of pieces) {
    const { frames, shape, timestamps } = video!;
    const [count, height, width] = shape;
    if (count === 0) continue;
    const files = jpegs(await pool.encodeBytes('mjpeg', { frames, width, height, fps: 1 }));
    for (const [i, file] of files.entries()) {
      parts.push({ type: 'text', text: `${timestamps[i].toFixed(1)} s` });
      parts.push({
        type: 'image_url',
        image_url: { url: `data:image/jpeg;base64,${file.toString('base64')}` },
      });
    }
  }
  if (parts.length === 0) throw nothingToShow(sample, 'pictures in these spans');
  return parts;
}

/** JPEG files that stand one after another: FFD8 is the mark of their start, and no data within holds it. */
function jpegs(bytes: Uint8Array): Buffer[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files: Buffer[] = [];
  for (let start = 0; start < all.length; ) {
    const next = all.indexOf('ffd8', start + 2, 'hex');
    const end = next < 0 ? all.length : next;
    files.push(all.subarray(start, end));
    start = end;
  }
  return files;
}

/** The pieces one after another: an mp4, or a wav where there are no pictures. */
async function oneClip(
  pool: MediaPool,
  sample: Sample,
  pieces: readonly Piece[],
  fps: number,
): Promise<ContentPart[]> {
  const { sampleRate } = clipSettings;
  if (pieces.every(({ video }) => video === null)) {
    const audio = joined(pieces.map((piece) => piece.audio?.samples ?? new Float32Array(0)));
    if (audio.length === 0) throw nothingToShow(sample, 'sound');
    const bytes = await pool.encodeBytes('wav', { audio, sampleRate });
    return [{ type: 'input_audio', input_audio: { data: base64(bytes), format: 'wav' } }];
  }
  const hasSound = pieces.some(({ audio }) => audio !== null);
  const [, height, width] = pieces[0].video!.shape;
  const bytes = await pool.encodeBytes('mp4', {
    frames: Buffer.concat(pieces.map(({ video, count }) => stretched(video!, count))),
    width,
    height,
    fps,
    // Every piece as long as its pictures, so that those after it stay together.
    audio: hasSound
      ? joined(pieces.map(({ audio, count }) => cutTo(audio, Math.round((count / fps) * sampleRate))))
      : undefined,
    sampleRate: hasSound ? sampleRate : undefined,
  });
  return [{ type: 'video_url', video_url: { url: `data:video/mp4;base64,${base64(bytes)}` } }];
}

/** `count` frames evenly from those that there are, several times where they are few; black where there are none. */
function stretched({ frames, shape }: DecodedVideo, count: number): Uint8Array {
  const [n, height, width, channels] = shape;
  if (n === count) return frames;
  const size = height * width * channels;
  const out = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * n) / count) * size;
    out.set(frames.subarray(from, from + size), i * size);
  }
  return out;
}

function cutTo(audio: DecodedAudio | null, length: number): Float32Array {
  const samples = new Float32Array(length);
  samples.set(audio?.samples.subarray(0, length) ?? []);
  return samples;
}

function joined(lists: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function nothingToShow({ id }: Sample, what: string): JudgeFailure {
  return new JudgeFailure('media', `sample ${id} has no ${what} to send to the judge`);
}
