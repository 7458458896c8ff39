/** From a decoder's frame to RGB bytes as a player shows them, at the wanted size; only the frame at hand is held in full. */
import { AV_PIX_FMT_RGB24 } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { type Size, type Turn, turnedSize, turnPixels } from './display.mjs';
import { Resizer } from './resize.mjs';
import { Scaler } from './scaler.mjs';

export class PictureReader {
  readonly #stored: Size;
  readonly #turn: Turn | null;
  readonly #colours: Scaler;
  readonly #turned: Uint8Array;
  readonly #resizer: Resizer;

  /**
   * @param stored the size of the stored pictures
   * @param to the size to give
   */
  constructor(stored: Size, turn: Turn | null, to: Size) {
    this.#stored = stored;
    this.#turn = turn;
    this.#colours = new Scaler(stored[1], stored[0], AV_PIX_FMT_RGB24);
    this.#turned = new Uint8Array(turn ? stored[0] * stored[1] * 3 : 0);
    this.#resizer = new Resizer(turnedSize(stored, turn), to);
  }

  /** @param target [height, width, 3] of the size to give */
  read(frame: Frame, target: Uint8Array): void {
    const rgb = this.#colours.scale(frame);
    let pixels: Uint8Array = rgb.data![0]!;
    let stride = rgb.linesize[0]!;
    if (this.#turn) {
      turnPixels(pixels, stride, this.#stored, this.#turn, this.#turned);
      pixels = this.#turned;
      stride = 3 * turnedSize(this.#stored, this.#turn)[1];
    }
    this.#resizer.resize(pixels, stride, target);
  }

  close(): void {
    this.#colours.close();
  }
}
