/** Pixel formats, by FFmpeg. */
import { Frame, SoftwareScaleContext } from 'node-av/lib';
import { check } from './failure.mjs';

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
