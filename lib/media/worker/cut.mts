/** The `cut` task: the span [start, end) of a clip as a clip of its own, frame by frame, so that length costs no memory. */

import type { Frame } from 'node-av/lib';
import { frameRange } from '../sampling.js';
import { AudioSink } from './audio.mjs';
import { decodeInto, type Sink } from './decoders.mjs';
import { TaskFailure } from './failure.mjs';
import { type Input, withInput } from './input.mjs';
import { probe } from './survey.mjs';
import { ClipWriter, takesPictures, writableRate } from './writer.mjs';

/** Pictures keep their size (one row or column less where it is odd) and rate; sound is mixed to mono at its own rate. */
export function cut(file: string, out: string, start: number, end: number): void {
  const info = probe(file);
  if (start >= info.duration) bad(`start ${start}: the file lasts ${info.duration.toFixed(2)} s`);
  const video = takesPictures(out) ? info.video : null;
  const sampleRate = info.audio ? writableRate(out, info.audio.sampleRate) : 0;
  const frames = video && frameRange(video.frames, video.fps, start, end);
  if (frames && frames[1] <= frames[0]) bad(`[${start}, ${end}): no frame is shown within`);
  if (!video && !info.audio)
    throw new TaskFailure('NO_TRACK', `it holds no sound, and ${out} would hold no pictures`);
  withInput(file, (input) => {
    const writer = new ClipWriter(out, {
      video: video ? { width: video.width & ~1, height: video.height & ~1, fps: video.fps } : undefined,
      audio: info.audio ? { sampleRate } : undefined,
    });
    try {
      const sinks: Sink[] = [];
      const sound =
        info.audio && new AudioSink(input, sampleRate, [start, end], (samples) => writer.sound(samples));
      if (sound) sinks.push(sound);
      if (frames) sinks.push(pictureSink(input, writer, frames));
      decodeInto(input, sinks);
      sound?.finish();
      writer.finish();
    } finally {
      writer.close();
    }
  });
}

function pictureSink(input: Input, writer: ClipWriter, [from, to]: [number, number]): Sink {
  let index = 0;
  return {
    stream: input.video!,
    done: to <= from,
    take(frame: Frame) {
      if (index >= from) writer.picture(frame);
      this.done = ++index >= to;
    },
  };
}

function bad(reason: string): never {
  throw new TaskFailure('BAD_REQUEST', reason);
}
