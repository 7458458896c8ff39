/** The `cut` task: the span [start, end) of a clip as a clip of its own, frame by frame, so that length costs no memory. */

import { AV_PIX_FMT_RGB24 } from 'node-av/constants';
import { Frame } from 'node-av/lib';
import { sampleFrames } from '../sampling.js';
import { AudioSink } from './audio.mjs';
import { decodeInto, type Sink } from './decoders.mjs';
import { pixelAspectOf, type Size, type Turn, turnedSize, turnOf } from './display.mjs';
import { TaskFailure } from './failure.mjs';
import type { Timeline } from './frame-times.mjs';
import type { Input } from './input.mjs';
import { PictureReader } from './picture.mjs';
import { examine, withTracks } from './survey.mjs';
import { FramePicker } from './video.mjs';
import { ClipWriter, takesPictures, writableRate } from './writer.mjs';

/**
 * Pictures keep their size (one row or column less where it is odd) and their times; sound is mixed to mono at its own rate.
 */
export function cut(file: string, out: string, start: number, end: number): void {
  const survey = examine(file);
  const { info, timeline, zero, matrix } = survey;
  if (start >= info.duration) bad(`start ${start}: the file lasts ${info.duration.toFixed(2)} s`);
  const video = takesPictures(out) ? info.video : null;
  const sampleRate = info.audio && writableRate(out, info.audio.sampleRate);
  const pictures = video && cutPictures(timeline!, start, end);
  const stored: Size = [video?.height ?? 0, video?.width ?? 0];
  const turn = video && turnOf(matrix);
  const [height, width] = turnedSize(stored, turn);
  if (!video && sampleRate === null) {
    const [has, takes] = info.video ? ['sound', 'pictures'] : ['pictures', 'sound'];
    throw new TaskFailure(
      'NO_TRACK',
      `it holds no ${has}, and ${out.slice(out.lastIndexOf('.'))} files hold no ${takes}`,
    );
  }
  withTracks(file, survey, (input) => {
    const aspect = input.video && pixelAspectOf(input.video);
    const writer = new ClipWriter(out, {
      video: pictures
        ? {
            width: width & ~1,
            height: height & ~1,
            fps: video.fps,
            timed: pictures.timed,
            pixelAspect: turn?.swapped ? aspect?.inv() : aspect,
          }
        : undefined,
      audio: sampleRate === null ? undefined : { sampleRate },
    });
    try {
      const sinks: Sink[] = [];
      const sound =
        sampleRate !== null &&
        new AudioSink(input, zero, sampleRate, [start, end], (samples) => writer.sound(samples));
      if (sound) sinks.push(sound);
      if (pictures) sinks.push(pictureSink(input, writer, pictures, turn && turner(stored, turn)));
      decodeInto(input, sinks);
      if (pictures && !pictures.picker.done) pictures.picker.fail();
      if (sound) sound.finish();
      writer.finish();
    } finally {
      writer.close();
    }
  });
}

interface Pictures {
  picker: FramePicker;
  /** Seconds on the cut's clock at which each frame appears and, at the end, at which the last one goes. */
  times: number[];
  /** Whether the times are more than a count of frames of equal length from 0 on. */
  timed: boolean;
}

function cutPictures(timeline: Timeline, start: number, end: number): Pictures {
  const { times, constant, fps } = timeline;
  const frames = sampleFrames(timeline, { start, end });
  if (frames.length === 0) bad(`[${start}, ${end}): no frame is shown within`);
  // The frame that is on the screen at the start; at a constant rate the next one soon follows.
  if (!constant && frames[0]! > 0 && times[frames[0]!]! > start) frames.unshift(frames[0]! - 1);
  const shown = frames.map((index) => Math.max(times[index]! - start, 0));
  const last = frames.at(-1)!;
  const gone = Math.min(times[last + 1] ?? timeline.end, end) - start;
  const timed = !constant || shown[0]! * fps > 1e-3;
  return { picker: new FramePicker(timeline, frames), times: [...shown, gone], timed };
}

/** Turns the pixels, so that the cut needs no display matrix. */
function turner(stored: Size, turn: Turn): (frame: Frame) => Frame {
  const [height, width] = turnedSize(stored, turn);
  const reader = new PictureReader(stored, turn, [height, width]);
  const pixels = Buffer.alloc(width * height * 3);
  return (frame) => {
    reader.read(frame, pixels);
    return Frame.fromVideoBuffer(pixels, { width, height, format: AV_PIX_FMT_RGB24 });
  };
}

function pictureSink(
  input: Input,
  writer: ClipWriter,
  { picker, times, timed }: Pictures,
  turned: ((frame: Frame) => Frame) | null,
): Sink {
  return {
    stream: input.video!,
    get done() {
      return picker.done;
    },
    take(frame: Frame) {
      const place = picker.place(frame);
      if (place < 0) return;
      const shown = timed ? ([times[place]!, times[place + 1]!] as const) : undefined;
      if (!turned) return writer.picture(frame, shown);
      using picture = turned(frame);
      writer.picture(picture, shown);
    },
  };
}

function bad(reason: string): never {
  throw new TaskFailure('BAD_REQUEST', reason);
}
