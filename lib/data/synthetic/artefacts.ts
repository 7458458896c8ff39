/**
 * Artefacts of generated clips: what no clip of the training data shows. Each is on all frames of a clip, so that a model sees
 * it at any frame rate; its strength differs from clip to clip. Only the picture is changed.
 */
import type { Random } from './random.js';
import { FPS, FRAMES, SIZE } from './render.js';

export const artefacts = ['flicker', 'bend', 'break', 'tear'] as const;
export type Artefact = (typeof artefacts)[number];

/**
 * How far a pixel is moved to the right (by its row) and down (by its column), and what it is multiplied by. Both ways: a bar
 * across the frame does not change when it is moved along itself.
 */
interface Distortion {
  right?(frame: number, row: number, channel: number): number;
  down?(frame: number, column: number): number;
  /** Whose values a channel of a row has. */
  source?(row: number, channel: number): number;
  gain?(frame: number): number;
}

const distortions: Record<Artefact, (random: Random) => Distortion> = {
  /** The brightness jumps from frame to frame. */
  flicker: (random) => {
    const gains = Array.from({ length: FRAMES }, () => random.between(0.3, 1));
    return { gain: (frame) => gains[frame] };
  },
  /** Rows and columns sway along a moving wave: what is straight is bent. */
  bend: (random) => {
    const [size, length, speed] = [random.between(4, 7), random.between(14, 20), random.between(1, 2)];
    const wave = (frame: number, place: number): number =>
      Math.round(size * Math.sin(2 * Math.PI * (place / length + (speed * frame) / FPS)));
    return { right: wave, down: wave };
  },
  /** Bands of rows and columns are moved apart: what is whole is broken. */
  break: (random) => {
    const [width, size] = [5 + random.int(4), 7 + random.int(5)];
    const band = (_frame: number, place: number): number => (isOdd(place, width) ? -size : size);
    return { right: band, down: band };
  },
  /** Every other band of rows has its channels exchanged and moved apart: shapes lose their colours in stripes. */
  tear: (random) => {
    const [width, size] = [3 + random.int(3), 4 + random.int(4)];
    return {
      right: (_frame, row, channel) => (isOdd(row, width) ? [size, -size, 0][channel] : 0),
      source: (row, channel) => (isOdd(row, width) ? (channel + 1) % 3 : channel),
    };
  },
};

const isOdd = (place: number, width: number): boolean => Math.floor(place / width) % 2 === 1;

/** @param frames RGB bytes [FRAMES, SIZE, SIZE, 3] @returns the same with the artefact */
export function withArtefact(frames: Uint8Array, artefact: Artefact, random: Random): Uint8Array {
  const {
    right = () => 0,
    down = () => 0,
    source = (_, channel) => channel,
    gain = () => 1,
  } = distortions[artefact](random);
  // Stores round and clamp.
  const out = new Uint8ClampedArray(frames.length);
  const places = Array.from({ length: SIZE }, (_, place) => place);
  let at = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    const factor = gain(frame);
    const rights = [0, 1, 2].map((channel) => places.map((row) => right(frame, row, channel)));
    const downs = places.map((column) => down(frame, column));
    for (let row = 0; row < SIZE; row++) {
      for (let column = 0; column < SIZE; column++) {
        for (let channel = 0; channel < 3; channel++) {
          const x = inside(column - rights[channel][row]);
          const y = inside(row - downs[column]);
          out[at++] = factor * frames[((frame * SIZE + y) * SIZE + x) * 3 + source(row, channel)];
        }
      }
    }
  }
  return new Uint8Array(out.buffer);
}

const inside = (place: number): number => Math.min(SIZE - 1, Math.max(0, place));
