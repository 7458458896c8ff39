/** The `decode` task: survey, choose frames, one decoding pass. */
import { fitPixels } from '../fit-pixels.js';
import { sampleFrames } from '../sampling.js';
import type { Decoded, DecodeOptions, PixelFit, VideoRequest } from '../types.js';
import { AudioSink } from './audio.mjs';
import { decodeInto } from './decoders.mjs';
import { type Size, turnedSize, turnOf } from './display.mjs';
import { TaskFailure } from './failure.mjs';
import type { Timeline } from './frame-times.mjs';
import { PictureReader } from './picture.mjs';
import { examine, withTracks } from './survey.mjs';
import { VideoSink } from './video.mjs';

export function decode(file: string, options: DecodeOptions, maxResultBytes: number): Decoded {
  const { start = 0, end = Number.POSITIVE_INFINITY } = options;
  const survey = examine(file);
  const { info, timeline, zero, matrix } = survey;
  const request = wanted(options.video, info.video, 'pictures');
  const sound = wanted(options.audio, info.audio, 'sound');
  const { sampleRate = 16000 } = sound ?? {};

  const indices = request ? chooseFrames(request, timeline!, start, end) : [];
  const turn = request && request.autorotate !== false ? turnOf(matrix) : null;
  const stored: Size = [info.video?.height ?? 0, info.video?.width ?? 0];
  const size = request ? outputSize(request, turnedSize(stored, turn)) : ([0, 0] as const);
  const [height, width] = size;
  const seconds = sound ? Math.max(Math.min(end, info.duration) - start, 0) : 0;
  const bytes = indices.length * width * height * 3 + seconds * sampleRate * 4;
  if (bytes > maxResultBytes) {
    throw new TaskFailure(
      'TOO_LARGE',
      `${indices.length} frames of ${width} x ${height} and ${seconds.toFixed(0)} s of sound take ` +
        `${mebibytes(bytes)}, a result may take ${mebibytes(maxResultBytes)} (maxResultBytes): ask for fewer or smaller frames ` +
        `or a shorter span, or raise maxRssBytes, of which a result may take half`,
    );
  }
  return withTracks(file, survey, (input) => {
    const video =
      request && new VideoSink(input.video!, timeline!, indices, new PictureReader(stored, turn, size), size);
    const chunks: Float32Array[] = [];
    const audio =
      sound && new AudioSink(input, zero, sampleRate, [start, end], (samples) => chunks.push(samples));
    decodeInto(
      input,
      [video, audio].filter((sink) => sink !== null),
    );
    video?.finish();
    audio?.finish();
    return {
      video: video && {
        frames: video.frames,
        shape: [indices.length, height, width, 3],
        fps: info.video!.fps,
        indices,
        timestamps: indices.map((index) => timeline!.times[index]!),
        pts: indices.map((index) => timeline!.pts[index]!),
        sampleAspectRatio: info.video!.sampleAspectRatio ** (turn?.swapped ? -1 : 1),
        totalFrames: info.video!.frames,
      },
      audio: audio && { samples: concatenate(chunks), sampleRate },
      duration: info.duration,
    };
  });
}

/** The request for a track, `{}` if it was left open and the file has the track, null if it is not to be decoded. */
function wanted<T extends object>(
  request: T | false | undefined,
  track: object | null,
  what: string,
): T | null {
  if (request === false) return null;
  if (!track && request) throw new TaskFailure('NO_TRACK', `it holds no ${what}`);
  return track ? (request ?? ({} as T)) : null;
}

function chooseFrames(
  { fps, indices, maxFrames }: VideoRequest,
  timeline: Timeline,
  start: number,
  end: number,
): number[] {
  if (!indices) return sampleFrames(timeline, { start, end, fps, maxFrames });
  const frames = timeline.times.length;
  const beyond = indices.find((index) => index >= frames);
  if (beyond !== undefined) {
    throw new TaskFailure(
      'BAD_REQUEST',
      `video.indices ${beyond}: expected whole numbers below ${frames}, the file's frames`,
    );
  }
  return [...indices];
}

function outputSize({ width, height, fit }: VideoRequest, [fullHeight, fullWidth]: Size): Size {
  if (fit) return fitted(fit, [fullHeight, fullWidth]);
  return [
    height ?? Math.max(1, Math.round(((width ?? fullWidth) * fullHeight) / fullWidth)),
    width ?? Math.max(1, Math.round(((height ?? fullHeight) * fullWidth) / fullHeight)),
  ];
}

function fitted(fit: PixelFit, [height, width]: Size): Size {
  try {
    return fitPixels(height, width, fit.step, fit);
  } catch (error) {
    throw new TaskFailure('UNSUPPORTED', (error as Error).message);
  }
}

function concatenate(chunks: Float32Array[]): Float32Array {
  const whole = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
