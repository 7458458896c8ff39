/** Pictures from decoder frames to RGB bytes. */
import { AV_PIX_FMT_RGB24 } from 'node-av/constants';
import { Frame, SoftwareScaleContext, type Stream } from 'node-av/lib';
import { type Sink, stampOf } from './decoders.mjs';
import { check, TaskFailure } from './failure.mjs';
import type { Timeline } from './frame-times.mjs';

/**
 * Tells the wanted frames of a video from the others, by their time stamps: a decoder may give fewer frames than the file
 * has packets. Frames without time stamps are counted.
 */
export class FramePicker {
  readonly #stamps: readonly number[] | null;
  readonly #wanted: readonly number[];
  #seen = 0;
  #taken = 0;

  /** @param wanted numbers of frames, ascending */
  constructor({ stamps }: Timeline, wanted: readonly number[]) {
    this.#stamps = stamps;
    this.#wanted = wanted;
  }

  get done(): boolean {
    return this.#taken === this.#wanted.length;
  }

  /** The place of a frame among the wanted, or -1. Call with every frame, in order of presentation. */
  place(frame: Frame): number {
    if (this.done) return -1;
    const next = this.#wanted[this.#taken]!;
    const stamp = this.#stamps?.[next] ?? next;
    const here = this.#stamps ? stampOf(frame) : this.#seen;
    this.#seen++;
    if (here > stamp) this.fail();
    return here === stamp ? this.#taken++ : -1;
  }

  fail(): never {
    throw new TaskFailure(
      'DAMAGED',
      `frame ${this.#wanted[this.#taken]} cannot be decoded: the decoder gave ${this.#seen} frames`,
    );
  }
}

/** Collects the frames of the given ascending numbers as one [n, height, width, 3] array. */
export class VideoSink implements Sink {
  readonly stream: Stream;
  readonly frames: Uint8Array;
  readonly #picker: FramePicker;
  readonly #scaler: Scaler;
  readonly #frameBytes: number;

  constructor(stream: Stream, timeline: Timeline, indices: number[], width: number, height: number) {
    this.stream = stream;
    this.#picker = new FramePicker(timeline, indices);
    this.#frameBytes = width * height * 3;
    this.frames = new Uint8Array(indices.length * this.#frameBytes);
    this.#scaler = new Scaler(width, height, AV_PIX_FMT_RGB24);
  }

  get done(): boolean {
    return this.#picker.done;
  }

  take(frame: Frame): void {
    const place = this.#picker.place(frame);
    if (place >= 0) this.frames.set(this.#scaler.scale(frame).toBuffer(), place * this.#frameBytes);
  }

  /** Call once, after the pass. */
  finish(): void {
    this.#scaler.close();
    if (!this.done) this.#picker.fail();
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
