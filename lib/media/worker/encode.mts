/** The `encode` task: arrays to a clip file. */
import { AV_PIX_FMT_RGB24 } from 'node-av/constants';
import { Frame } from 'node-av/lib';
import type { EncodeInput } from '../types.js';
import { TaskFailure } from './failure.mjs';
import { ClipWriter } from './writer.mjs';

export function encode(
  out: string,
  { frames, width = 0, height = 0, fps = 0, audio, sampleRate = 0 }: EncodeInput,
): void {
  const frameBytes = width * height * 3;
  const broken = audio?.findIndex((sample) => !Number.isFinite(sample)) ?? -1;
  if (broken >= 0) {
    throw new TaskFailure('BAD_REQUEST', `audio[${broken}] is ${audio![broken]}, expected finite samples`);
  }
  const writer = new ClipWriter(out, {
    video: frames && { width, height, fps },
    audio: audio && { sampleRate },
  });
  try {
    let nextFrame = 0;
    let nextSample = 0;
    // A tenth of a second of sound at a time, whichever track is behind.
    const step = audio ? Math.ceil(sampleRate / 10) : 0;
    for (;;) {
      const picturesLeft = frames !== undefined && nextFrame < frames.length;
      const soundLeft = audio !== undefined && nextSample < audio.length;
      if (!picturesLeft && !soundLeft) break;
      const { video: seen, audio: heard } = writer.position;
      if (picturesLeft && (!soundLeft || seen <= heard)) {
        writePicture(writer, frames.subarray(nextFrame, nextFrame + frameBytes), width, height);
        nextFrame += frameBytes;
      } else {
        writer.sound(audio!.subarray(nextSample, nextSample + step));
        nextSample += step;
      }
    }
    writer.finish();
  } finally {
    writer.close();
  }
}

function writePicture(writer: ClipWriter, rgb: Uint8Array, width: number, height: number): void {
  const bytes = Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength);
  using frame = Frame.fromVideoBuffer(bytes, { width, height, format: AV_PIX_FMT_RGB24 });
  writer.picture(frame);
}
