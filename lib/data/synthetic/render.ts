/**
 * Draws a clip's pictures: its shapes moving on a grey gradient, with grey specks and pixel noise as distractors.
 */
import { type ClipEvents, type Colour, SECONDS, type SeenEvent, type Shape, SLOT } from './events.js';
import type { Random } from './random.js';

/** Width and height in pixels. */
export const SIZE = 64;
export const FPS = 8;
export const FRAMES = SECONDS * FPS;

const RGB: Record<Colour, readonly [number, number, number]> = {
  red: [230, 40, 40],
  green: [40, 200, 60],
  blue: [50, 90, 250],
  yellow: [240, 220, 40],
  purple: [190, 60, 220],
  white: [245, 245, 245],
};
/** Peak amplitude of the pixel noise in grey levels. */
const NOISE = 6;

/** A shape on a straight path that is reflected at the borders. */
interface Mover {
  x: number;
  y: number;
  vx: number;
  vy: number;
  radius: number;
}

/**
 * @returns RGB bytes [FRAMES, SIZE, SIZE, 3], row-major; frame k shows time k / FPS.
 */
export function drawFrames(events: ClipEvents, random: Random): Uint8Array {
  const background = gradient(random);
  const specks = Array.from({ length: 3 + random.int(4) }, () => ({
    ...mover(random, random.between(0.8, 1.8)),
    grey: 90 + random.int(80),
  }));
  const shapes = events.seen.map((event) => ({ event, path: mover(random, random.between(13, 16)) }));
  // Stores round and clamp.
  const out = new Uint8ClampedArray(FRAMES * SIZE * SIZE * 3);
  for (let k = 0; k < FRAMES; k++) {
    const time = k / FPS;
    const frame = background.slice();
    for (const speck of specks) {
      paint(frame, at(speck, time), 2 * speck.radius, 'dot', [speck.grey, speck.grey, speck.grey]);
    }
    for (const { event, path } of shapes) {
      if (shows(event, time)) paint(frame, at(path, time), path.radius, event.shape, RGB[event.colour]);
    }
    writeNoisy(frame, out.subarray(k * frame.length, (k + 1) * frame.length), random);
  }
  return new Uint8Array(out.buffer);
}

function shows(event: SeenEvent, time: number): boolean {
  return time >= event.start * SLOT && time < event.end * SLOT;
}

function gradient(random: Random): Float64Array {
  const base = random.between(25, 55);
  const [dx, dy] = [random.between(-20, 20), random.between(-20, 20)];
  const out = new Float64Array(SIZE * SIZE * 3);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      out.fill(base + (dx * x + dy * y) / SIZE, (y * SIZE + x) * 3, (y * SIZE + x) * 3 + 3);
    }
  }
  return out;
}

function mover(random: Random, radius: number): Mover {
  const speed = () => random.between(6, 16) * (random.int(2) === 0 ? -1 : 1);
  const place = () => random.between(radius, SIZE - radius);
  return { x: place(), y: place(), vx: speed(), vy: speed(), radius };
}

function at({ x, y, vx, vy, radius }: Mover, time: number): [number, number] {
  return [bounce(x + vx * time, radius), bounce(y + vy * time, radius)];
}

function bounce(position: number, margin: number): number {
  const range = SIZE - 2 * margin;
  const phase = (((position - margin) % (2 * range)) + 2 * range) % (2 * range);
  return margin + (phase < range ? phase : 2 * range - phase);
}

/** Blends a shape in with 3 x 3 samples a pixel. */
function paint(
  frame: Float64Array,
  [cx, cy]: [number, number],
  r: number,
  shape: Shape,
  rgb: readonly number[],
): void {
  const [left, right] = shape === 'bar' ? [0, SIZE - 1] : pixelsAround(cx, r);
  const [top, bottom] = shape === 'pole' ? [0, SIZE - 1] : pixelsAround(cy, r);
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      let hits = 0;
      for (let s = 0; s < 9; s++) {
        const u = (x + ((s % 3) + 0.5) / 3 - cx) / r;
        const v = (y + (Math.floor(s / 3) + 0.5) / 3 - cy) / r;
        if (covers(shape, u, v)) hits++;
      }
      const offset = (y * SIZE + x) * 3;
      for (let c = 0; c < 3; c++) {
        frame[offset + c] = (frame[offset + c] as number) * (1 - hits / 9) + (rgb[c] as number) * (hits / 9);
      }
    }
  }
}

/** First and last pixel that a thing of radius r reaches on one axis. */
function pixelsAround(centre: number, r: number): [number, number] {
  return [Math.max(0, Math.floor(centre - r)), Math.min(SIZE - 1, Math.ceil(centre + r))];
}

/**
 * Whether a point belongs to the shape, in units of its radius from its centre (v downwards). A bar lies across the
 * whole frame, a pole stands from its top to its bottom: a coarse grid of patches can distinguish the four.
 */
function covers(shape: Shape, u: number, v: number): boolean {
  switch (shape) {
    case 'dot':
      return u * u + v * v <= 0.25;
    case 'square':
      return Math.max(Math.abs(u), Math.abs(v)) <= 0.9;
    case 'bar':
      return Math.abs(v) <= 0.3;
    case 'pole':
      return Math.abs(u) <= 0.3;
  }
}

function writeNoisy(frame: Float64Array, out: Uint8ClampedArray, random: Random): void {
  // One draw serves a pixel: its three bytes move together (grey noise), as a dim sensor's would.
  for (let p = 0; p < frame.length; p += 3) {
    const noise = random.between(-NOISE, NOISE);
    for (let c = 0; c < 3; c++) out[p + c] = (frame[p + c] as number) + noise;
  }
}
