/** Pictures from decoder frames to RGB bytes. */
import type { Frame, Stream } from 'node-av/lib';
import { type Sink, stampOf } from './decoders.mjs';
import type { Size } from './display.mjs';
import { TaskFailure } from './failure.mjs';
import type { Timeline } from './frame-times.mjs';
import type { PictureReader } from './picture.mjs';

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
  readonly #reader: PictureReader;
  readonly #frameBytes: number;

  /** @param size of the pictures that `reader` gives */
  constructor(
    stream: Stream,
    timeline: Timeline,
    indices: number[],
    reader: PictureReader,
    [height, width]: Size,
  ) {
    this.stream = stream;
    this.#picker = new FramePicker(timeline, indices);
    this.#frameBytes = width * height * 3;
    this.frames = new Uint8Array(indices.length * this.#frameBytes);
    this.#reader = reader;
  }

  get done(): boolean {
    return this.#picker.done;
  }

  take(frame: Frame): void {
    const place = this.#picker.place(frame);
    if (place < 0) return;
    const at = place * this.#frameBytes;
    this.#reader.read(frame, this.frames.subarray(at, at + this.#frameBytes));
  }

  /** Call once, after the pass. */
  finish(): void {
    this.#reader.close();
    if (!this.done) this.#picker.fail();
  }
}
