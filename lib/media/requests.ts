/**
 * What callers ask for, checked once, before it goes to a worker: the kinds of arguments (TypeError) and the values that
 * make no sense whatever the file holds (MediaError BAD_REQUEST). What comes back is plain data of known fields.
 */
import { types } from 'node:util';
import { nearest, shown } from '../runtime/index.js';
import { MediaError } from './errors.js';
import { fillLimits, maxMessageBytes } from './limits.js';
import type {
  AudioRequest,
  DecodeOptions,
  EncodeInput,
  MediaLimits,
  MediaPoolOptions,
  PixelFit,
  VideoRequest,
} from './types.js';

interface Kind {
  expected: string;
  fits(value: unknown): boolean;
}

const number: Kind = { expected: 'a number', fits: (value) => typeof value === 'number' };
const text: Kind = { expected: 'a string', fits: (value) => typeof value === 'string' };
const numbers: Kind = {
  expected: 'a list of numbers',
  fits: (value) => Array.isArray(value) && Array.from(value).every(number.fits),
};
const boolean: Kind = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const object: Kind = { expected: 'an object', fits: isObject };
// Not instanceof: an array may come from another realm.
const rgb: Kind = { expected: 'a Uint8Array of RGB bytes', fits: types.isUint8Array };
const samples: Kind = { expected: 'a Float32Array of mono samples', fits: types.isFloat32Array };
const request: Kind = {
  expected: 'an object, or false to leave the track out',
  fits: (value) => value === false || isObject(value),
};

const limitFields = { timeoutMs: number, maxRssBytes: number, maxResultBytes: number };
const decodeFields = { video: request, audio: request, start: number, end: number, ...limitFields };
const videoFields = {
  fps: number,
  indices: numbers,
  maxFrames: number,
  width: number,
  height: number,
  fit: object,
  autorotate: boolean,
};
const fitFields = { step: number, minPixels: number, maxPixels: number };
const audioFields = { sampleRate: number };
const encodeFields = {
  frames: rgb,
  width: number,
  height: number,
  fps: number,
  audio: samples,
  sampleRate: number,
};

export function checkPoolOptions(options: unknown): asserts options is MediaPoolOptions {
  checkFields('MediaPool', options, {
    workers: number,
    ...limitFields,
    tmpDir: text,
  });
  const { workers, tmpDir } = options as MediaPoolOptions;
  const refuse = (reason: string): never => {
    throw new RangeError(`MediaPool: ${reason}`);
  };
  if (workers !== undefined && !(Number.isInteger(workers) && workers > 0)) {
    refuse(`workers is ${workers}, expected a positive whole number`);
  }
  fillLimits({}, options as MediaPoolOptions, refuse);
  if (tmpDir?.includes('\0')) refuse('tmpDir holds a NUL character');
}

export function checkLogMelOptions(options: unknown): void {
  checkFields('logMel', options, { melBins: number, seconds: number, minFrames: number });
}

/** @param name of the argument */
export function checkPath(call: string, name: string, path: unknown): asserts path is string {
  if (typeof path !== 'string') {
    throw new TypeError(`${call}: ${name} is ${shown(path)}, expected the path of a file as a string`);
  }
  if (path === '') throw new MediaError('BAD_REQUEST', path, `${name} is empty, expected the path of a file`);
  if (path.includes('\0')) throw new MediaError('BAD_REQUEST', path, `${name} holds a NUL character`);
}

export function checkDecode(file: string, options: unknown): DecodeOptions {
  checkFields('decode', options, decodeFields);
  const { start = 0, end = Number.POSITIVE_INFINITY } = options as DecodeOptions;
  const video = checkVideo(file, options as DecodeOptions);
  const audio = checkAudio(file, options as DecodeOptions);
  if (!isSpan(start, end)) {
    bad(file, `start ${start} and end ${end}: expected 0 <= start < end, in seconds`);
  }
  return { video, audio, start, end };
}

/** The limits of one call; the kinds of `options` were checked before. */
export function checkLimits(file: string, pool: MediaLimits, options: MediaLimits): Required<MediaLimits> {
  return fillLimits(pool, options, (reason) => bad(file, reason));
}

function checkVideo(file: string, { video, start, end }: DecodeOptions): VideoRequest | false | undefined {
  if (!video) return video;
  checkFields('decode: video', video, videoFields);
  const { fps, indices, maxFrames, width, height, autorotate } = video;
  const fit = checkFit(file, video);
  positive(file, 'video.fps', fps);
  whole(file, 'video.maxFrames', maxFrames);
  whole(file, 'video.width', width);
  whole(file, 'video.height', height);
  const shape = { width, height, fit, autorotate };
  if (!indices) return { fps, maxFrames, ...shape };
  if ([fps, maxFrames, start, end].some((value) => value !== undefined)) {
    bad(file, 'video.indices: expected alone, without fps, maxFrames, start or end');
  }
  let previous = -1;
  for (const index of indices) {
    if (!Number.isSafeInteger(index) || index <= previous) {
      bad(file, `video.indices ${index} after ${previous}: expected ascending whole numbers from 0 on`);
    }
    previous = index;
  }
  return { indices: [...indices], ...shape };
}

function checkFit(file: string, { fit, width, height }: VideoRequest): PixelFit | undefined {
  if (!fit) return undefined;
  checkFields('decode: video: fit', fit, fitFields);
  if (width !== undefined || height !== undefined) {
    bad(file, 'video.fit: expected alone, without width and height');
  }
  const { step, minPixels, maxPixels } = fit;
  for (const [name, value] of Object.entries({ step, minPixels, maxPixels })) {
    whole(file, `video.fit.${name}`, value ?? Number.NaN);
  }
  if (minPixels > maxPixels)
    bad(file, `video.fit.minPixels ${minPixels}: expected at most maxPixels, ${maxPixels}`);
  return { step, minPixels, maxPixels };
}

function checkAudio(file: string, { audio }: DecodeOptions): AudioRequest | false | undefined {
  if (!audio) return audio;
  checkFields('decode: audio', audio, audioFields);
  whole(file, 'audio.sampleRate', audio.sampleRate);
  return { sampleRate: audio.sampleRate };
}

export function checkEncode(file: string, input: unknown): EncodeInput {
  checkFields('encode', input, encodeFields);
  const { frames, width, height, fps, audio, sampleRate } = input as EncodeInput;
  if (!frames && !audio) bad(file, 'frames and audio are both missing: expected at least one');
  const bytes = (frames?.byteLength ?? 0) + (audio?.byteLength ?? 0);
  if (bytes > maxMessageBytes) {
    throw new MediaError(
      'TOO_LARGE',
      file,
      `the clip has ${bytes} bytes, expected at most ${maxMessageBytes}`,
    );
  }
  if (frames) {
    whole(file, 'width', width ?? Number.NaN);
    whole(file, 'height', height ?? Number.NaN);
    if (!(fps !== undefined && fps > 0 && fps <= 1000))
      bad(file, `fps ${fps}: expected a number in (0, 1000]`);
    const frameBytes = width! * height! * 3;
    if (frames.length === 0 || frames.length % frameBytes !== 0) {
      bad(
        file,
        `frames of ${frames.length} bytes: expected a positive multiple of ${width} x ${height} x 3 = ${frameBytes}`,
      );
    }
  }
  if (audio) {
    whole(file, 'sampleRate', sampleRate ?? Number.NaN);
    if (audio.length === 0) bad(file, 'audio has no samples');
  }
  return { frames, width, height, fps, audio, sampleRate };
}

export function checkSpan(file: string, span: unknown): [start: number, end: number] {
  if (!numbers.fits(span) || (span as number[]).length !== 2) {
    throw new TypeError(`cut: the span is ${shown(span)}, expected [start, end] in seconds`);
  }
  const [start, end] = span as [number, number];
  if (!isSpan(start, end)) bad(file, `[${start}, ${end}): expected 0 <= start < end, in seconds`);
  return [start, end];
}

function checkFields(call: string, value: unknown, fields: Record<string, Kind>): void {
  if (!isObject(value)) throw new TypeError(`${call}: got ${shown(value)}, expected an object of options`);
  for (const [name, given] of Object.entries(value)) {
    const kind = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!kind) {
      const known = Object.keys(fields);
      const close = nearest(name, known);
      const hint = close === undefined ? '' : `; did you mean "${close}"?`;
      throw new TypeError(`${call}: unknown option ${shown(name)}${hint} Options are ${known.join(', ')}`);
    }
    if (given !== undefined && !kind.fits(given)) {
      throw new TypeError(`${call}: ${name} is ${shown(given)}, expected ${kind.expected}`);
    }
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isSpan(start: number, end: number): boolean {
  return start >= 0 && Number.isFinite(start) && end > start;
}

function positive(file: string, name: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0)) bad(file, `${name} ${value}: expected a positive number`);
}

function whole(file: string, name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
    bad(
      file,
      `${name} ${Number.isNaN(value) ? 'is missing or NaN' : value}: expected a positive whole number`,
    );
  }
}

function bad(file: string, reason: string): never {
  throw new MediaError('BAD_REQUEST', file, reason);
}
