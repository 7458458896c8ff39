/**
 * Bicubic resizing of RGB bytes with antialiasing, in the integers of PyTorch's `_upsample_bicubic2d_aa` (and Pillow's): rows
 * first, then columns, each rounded to bytes. It stands here because a worker that loaded libtorch would take half a
 * gigabyte; equal to `resizeFrames` byte for byte.
 */

import type { Size } from './display.mjs';

/** What each place of a resized row or column is made of. */
interface Taps {
  /** The first source place of each. */
  first: Int32Array;
  /** How many follow, itself included. */
  count: Int32Array;
  /** `most` weights a place, in units of 2^-precision. */
  weights: Int16Array;
  most: number;
  precision: number;
}

export class Resizer {
  readonly #from: Size;
  readonly #to: Size;
  readonly #columns: Taps | null;
  readonly #rows: Taps | null;
  readonly #middle: Uint8Array;

  constructor(from: Size, to: Size) {
    this.#from = from;
    this.#to = to;
    this.#columns = from[1] === to[1] ? null : taps(from[1], to[1]);
    this.#rows = from[0] === to[0] ? null : taps(from[0], to[0]);
    this.#middle = new Uint8Array(this.#columns && this.#rows ? from[0] * to[1] * 3 : 0);
  }

  /** @param stride bytes from one row of `pixels` to the next */
  resize(pixels: Uint8Array, stride: number, target: Uint8Array): void {
    const [height] = this.#from;
    const [toHeight, toWidth] = this.#to;
    const row = 3 * toWidth;
    if (!this.#columns) {
      if (this.#rows) resizeColumns(pixels, stride, target, row, toHeight, this.#rows);
      else
        for (let y = 0; y < height; y++) target.set(pixels.subarray(y * stride, y * stride + row), y * row);
      return;
    }
    const middle = this.#rows ? this.#middle : target;
    resizeRows(pixels, stride, middle, height, toWidth, this.#columns);
    if (this.#rows) resizeColumns(middle, row, target, row, toHeight, this.#rows);
  }
}

function resizeRows(
  pixels: Uint8Array,
  stride: number,
  target: Uint8Array,
  height: number,
  toWidth: number,
  { first, count, weights, most, precision }: Taps,
): void {
  const half = 1 << (precision - 1);
  for (let y = 0, out = 0; y < height; y++) {
    for (let x = 0; x < toWidth; x++, out += 3) {
      // Math.imul: a weight below zero times a pixel of zero would be -0, and no integer.
      let r = half;
      let g = half;
      let b = half;
      let at = y * stride + 3 * first[x]!;
      for (let tap = x * most, end = tap + count[x]!; tap < end; tap++, at += 3) {
        const weight = weights[tap]!;
        r = (r + Math.imul(weight, pixels[at]!)) | 0;
        g = (g + Math.imul(weight, pixels[at + 1]!)) | 0;
        b = (b + Math.imul(weight, pixels[at + 2]!)) | 0;
      }
      target[out] = byte(r >> precision);
      target[out + 1] = byte(g >> precision);
      target[out + 2] = byte(b >> precision);
    }
  }
}

function resizeColumns(
  pixels: Uint8Array,
  stride: number,
  target: Uint8Array,
  row: number,
  toHeight: number,
  { first, count, weights, most, precision }: Taps,
): void {
  const sums = new Int32Array(row);
  for (let y = 0; y < toHeight; y++) {
    sums.fill(1 << (precision - 1));
    for (let tap = 0; tap < count[y]!; tap++) {
      const weight = weights[y * most + tap]!;
      const at = (first[y]! + tap) * stride;
      for (let x = 0; x < row; x++) sums[x] = (sums[x]! + Math.imul(weight, pixels[at + x]!)) | 0;
    }
    for (let x = 0, out = y * row; x < row; x++) target[out + x] = byte(sums[x]! >> precision);
  }
}

function byte(value: number): number {
  return value < 0 ? 0 : Math.min(value, 255);
}

function taps(size: number, toSize: number): Taps {
  const scale = size / toSize;
  const stretch = Math.max(scale, 1);
  const support = 2 * stretch;
  const most = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(toSize);
  const count = new Int32Array(toSize);
  const exact = new Float64Array(toSize * most);
  for (let i = 0; i < toSize; i++) {
    const centre = scale * (i + 0.5);
    first[i] = Math.max(Math.trunc(centre - support + 0.5), 0);
    count[i] = Math.min(Math.min(Math.trunc(centre + support + 0.5), size) - first[i]!, most);
    let total = 0;
    for (let j = 0; j < count[i]!; j++) {
      const weight = cubic((j + first[i]! - centre + 0.5) / stretch);
      exact[i * most + j] = weight;
      total += weight;
    }
    if (total !== 0) for (let j = 0; j < count[i]!; j++) exact[i * most + j]! /= total;
  }
  const precision = precisionOf(exact.reduce((most, weight) => Math.max(most, weight), 0));
  const weights = Int16Array.from(exact, (weight) =>
    Math.trunc(weight * 2 ** precision + (weight < 0 ? -0.5 : 0.5)),
  );
  return { first, count, weights, most, precision };
}

/** The most bits at which the largest weight fits 16. */
function precisionOf(largest: number): number {
  let precision = 0;
  while (precision < 22 && Math.trunc(0.5 + largest * 2 ** (precision + 1)) < 2 ** 15) precision++;
  return precision;
}

/** Keys' kernel with a = -0.5. */
function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}
