/** The `cut` task: the span [start, end) of a clip as a clip of its own, frame by frame, so that length costs no memory. */

import type { Frame } from 'node-av/lib';
import { sampleFrames } from '../sampling.js';
import { AudioSink } from './audio.mjs';
import { decodeInto, type Sink } from './decoders.mjs';
import { TaskFailure } from './failure.mjs';
import type { Timeline } from './frame-times.mjs';
import type { Input } from './input.mjs';
import { examine, withTracks } from './survey.mjs';
import { FramePicker } from './video.mjs';
import { ClipWriter, takesPictures, writableRate } from './writer.mjs';

/**
 * Pictures keep their size (one row or column less where it is odd) and their times; sound is mixed to mono at its own rate.
 */
export function cut(file: string, out: string, start: number, end: number): void {
  const survey = examine(file);
  const { info, timeline, zero } = survey;
  if (start >= info.duration) bad(`start ${start}: the file lasts ${info.duration.toFixed(2)} s`);
  const video = takesPictures(out) ? info.video : null;
  const sampleRate = info.audio ? writableRate(out, info.audio.sampleRate) : 0;
  const pictures = video && cutPictures(timeline!, start, end);
  if (!video && !info.audio)
    throw new TaskFailure('NO_TRACK', `it holds no sound, and ${out} would hold no pictures`);
  withTracks(file, survey, (input) => {
    const writer = new ClipWriter(out, {
      video: pictures
        ? { width: video.width & ~1, height: video.height & ~1, fps: video.fps, timed: pictures.timed }
        : undefined,
      audio: info.audio ? { sampleRate } : undefined,
    });
    try {
      const sinks: Sink[] = [];
      const sound =
        info.audio &&
        new AudioSink(input, zero, sampleRate, [start, end], (samples) => writer.sound(samples));
      if (sound) sinks.push(sound);
      if (pictures) sinks.push(pictureSink(input, writer, pictures));
      decodeInto(input, sinks);
      sound?.finish();
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

function pictureSink(input: Input, writer: ClipWriter, { picker, times, timed }: Pictures): Sink {
  return {
    stream: input.video!,
    get done() {
      return picker.done;
    },
    take(frame: Frame) {
      const place = picker.place(frame);
      if (place < 0) return;
      if (timed) writer.picture(frame, [times[place]!, times[place + 1]!]);
      else writer.picture(frame);
    },
  };
}

function bad(reason: string): never {
  throw new TaskFailure('BAD_REQUEST', reason);
}
