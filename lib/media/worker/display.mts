/** How a player shows the stored pictures of a stream: turned or mirrored, and with pixels of which shape. */
import { AV_PKT_DATA_DISPLAYMATRIX } from 'node-av/constants';
import type { Rational, Stream } from 'node-av/lib';
import { TaskFailure } from './failure.mjs';

export type Size = readonly [height: number, width: number];

/** A quarter turn or none, and mirrors. */
export interface Turn {
  /** Whether rows become columns. */
  swapped: boolean;
  /** Whether the shown picture runs through the stored one from its end, along the shown x and y. */
  fromEnd: { x: boolean; y: boolean };
}

/** x' = ax + cy, y' = bx + dy. */
export type Matrix = readonly [a: number, b: number, c: number, d: number];

/** Of the display matrix, nine 32-bit fixed-point numbers [a b u; c d v; x y w]; null where there is none. */
export function matrixOf({ codecpar }: Stream): Matrix | null {
  const bytes = codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (!bytes) return null;
  const [a, b, c, d] = [0, 4, 12, 16].map((at) => bytes.readInt32LE(at)) as [number, number, number, number];
  return [a, b, c, d];
}

/** Clockwise degrees by which a player turns the pictures. */
export function rotationOf(matrix: Matrix | null): number {
  const [a, b] = matrix ?? [1, 0];
  return (Math.round((Math.atan2(b, a) * 180) / Math.PI) + 360) % 360;
}

/** Null where the pictures are shown as they are stored. */
export function turnOf(matrix: Matrix | null): Turn | null {
  if (!matrix) return null;
  const [a, b, c, d] = matrix;
  const [straight, crossed] = [Math.hypot(a, d), Math.hypot(b, c)];
  // As FFmpeg's own program: what is within a degree of a quarter turn is one.
  if (Math.min(straight, crossed) > Math.max(straight, crossed) * Math.tan(Math.PI / 180)) {
    throw new TaskFailure(
      'UNSUPPORTED',
      `players turn its pictures by ${rotationOf(matrix)} degrees, expected quarter turns; decode them as they are stored ` +
        "with autorotate false (of decode's video, of a recipe's processor)",
    );
  }
  const swapped = crossed > straight;
  const fromEnd = swapped ? { x: c < 0, y: b < 0 } : { x: a < 0, y: d < 0 };
  return swapped || fromEnd.x || fromEnd.y ? { swapped, fromEnd } : null;
}

/** Width of a stored pixel over its height; null where the file does not say. */
export function pixelAspectOf({ sampleAspectRatio, codecpar }: Stream): Rational | null {
  const known = [sampleAspectRatio, codecpar.sampleAspectRatio].find(({ num, den }) => num > 0 && den > 0);
  return known ?? null;
}

/** The size of a picture after its turn. */
export function turnedSize([height, width]: Size, turn: Turn | null): Size {
  return turn?.swapped ? [width, height] : [height, width];
}

/**
 * Turns RGB bytes.
 * @param stride bytes from one stored row to the next
 * @param size of the stored picture
 */
export function turnPixels(
  pixels: Uint8Array,
  stride: number,
  size: Size,
  turn: Turn,
  target: Uint8Array,
): void {
  const [height, width] = turnedSize(size, turn);
  const [forX, forY] = turn.swapped ? [stride, 3] : [3, stride];
  const stepX = turn.fromEnd.x ? -forX : forX;
  const stepY = turn.fromEnd.y ? -forY : forY;
  const origin = (stepX < 0 ? (width - 1) * forX : 0) + (stepY < 0 ? (height - 1) * forY : 0);
  // Strips of rows: each stored row that a quarter turn walks down gives a strip of neighbours, not one pixel.
  const strip = 32;
  for (let top = 0; top < height; top += strip) {
    const bottom = Math.min(top + strip, height);
    for (let x = 0; x < width; x++) {
      let from = origin + x * stepX + top * stepY;
      let to = 3 * (top * width + x);
      for (let y = top; y < bottom; y++, from += stepY, to += 3 * width) {
        target[to] = pixels[from]!;
        target[to + 1] = pixels[from + 1]!;
        target[to + 2] = pixels[from + 2]!;
      }
    }
  }
}
