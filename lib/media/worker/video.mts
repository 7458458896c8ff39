/** Pictures from decoder frames to RGB bytes. */
import { AV_NOPTS_VALUE, AV_PIX_FMT_RGB24 } from 'node-av/constants';
import { Frame, SoftwareScaleContext, type Stream } from 'node-av/lib';
import type { Sink } from './decoders.mjs';
import { check, TaskFailure } from './failure.mjs';

/** Collects the frames of the given ascending numbers as one [n, height, width, 3] array. */
export class VideoSink implements Sink {
  readonly stream: Stream;
  readonly frames: Uint8Array;
  /** Seconds by presentation time stamps, relative to the file's first frame. */
  readonly pts: number[] = [];
  done: boolean;
  readonly #indices: number[];
  readonly #scaler: Scaler;
  readonly #frameBytes: number;
  #index = 0;
  #firstPts = 0;

  constructor(stream: Stream, indices: number[], width: number, height: number) {
    this.stream = stream;
    this.#indices = indices;
    this.#frameBytes = width * height * 3;
    this.frames = new Uint8Array(indices.length * this.#frameBytes);
    this.#scaler = new Scaler(width, height, AV_PIX_FMT_RGB24);
    this.done = indices.length === 0;
  }

  take(frame: Frame): void {
    const stamp = frame.pts === AV_NOPTS_VALUE ? frame.bestEffortTimestamp : frame.pts;
    const seconds = Number(stamp) * this.stream.timeBase.toDouble();
    if (this.#index === 0) this.#firstPts = seconds;
    if (this.#index === this.#indices[this.pts.length]) {
      this.frames.set(this.#scaler.scale(frame).toBuffer(), this.pts.length * this.#frameBytes);
      this.pts.push(seconds - this.#firstPts);
      this.done = this.pts.length === this.#indices.length;
    }
    this.#index++;
  }

  /** Call once, after the pass. */
  finish(): void {
    this.#scaler.close();
    if (!this.done) {
      const missing = this.#indices[this.pts.length];
      throw new TaskFailure(
        'DAMAGED',
        `frame ${missing} cannot be decoded: the decoder gave ${this.#index} frames`,
      );
    }
  }
}

/**
 * Converts pixel format and size (bicubic). Colour matrix and range are the frame's own; where a file does not state
 * them, BT.601 limited range as in the ffmpeg program.
 */
export class Scaler {
  readonly #context = new SoftwareScaleContext();
  readonly #target = new Frame();

  constructor(width: number, height: number, format: Frame['format']) {
    this.#context.allocContext();
    this.#target.alloc();
    this.#target.width = width;
    this.#target.height = height;
    this.#target.format = format;
    check(this.#target.getBuffer(), 'TOO_LARGE', `no memory for a picture of ${width} x ${height}`);
  }

  /** The result is reused by the next call. */
  scale(frame: Frame): Frame {
    check(
      this.#context.scaleFrameSync(this.#target, frame),
      'UNSUPPORTED',
      'its pixel format cannot be converted',
    );
    return this.#target;
  }

  close(): void {
    this.#target.free();
    this.#context.freeContext();
  }
}
