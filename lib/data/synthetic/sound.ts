/**
 * Synthesises a clip's sound: its events as tones, chirps, noise and beats, over a mains-like hum and hiss as distractors.
 */
import { type ClipEvents, SECONDS, SLOT, type Sound } from './events.js';
import type { Random } from './random.js';

const { exp, log, min, PI, sin } = Math;

/** Samples a second, one channel. */
export const SAMPLE_RATE = 16000;
/** Fade at both ends of an event, seconds: no clicks. */
const FADE = 0.02;

/** @returns float32 samples [SECONDS * SAMPLE_RATE], at most 0.45 in size: events never overlap. */
export function drawSound(events: ClipEvents, random: Random): Float32Array {
  const out = background(random);
  for (const { sound, start, end } of events.heard) {
    const length = (end - start) * SLOT;
    const voice = voices[sound](random, length);
    const level = random.between(0.25, 0.4);
    const first = start * SLOT * SAMPLE_RATE;
    for (let i = 0; i < length * SAMPLE_RATE; i++) {
      const time = i / SAMPLE_RATE;
      const fade = min(1, time / FADE, (length - time) / FADE);
      out[first + i] = (out[first + i] as number) + level * fade * voice(time);
    }
  }
  return out;
}

/** A sound's value in [-1, 1] at a time within it; the pitch differs from clip to clip within the kind's range. */
type Voice = (time: number) => number;

const sine = (hertz: number, time: number): number => sin(2 * PI * hertz * time);

/** Exponential sweep from f0 to f1 over the event. */
function chirp(f0: number, f1: number, length: number): Voice {
  const rate = log(f1 / f0) / length;
  return (time) => sin((2 * PI * f0 * (exp(rate * time) - 1)) / rate);
}

const voices: Record<Sound, (random: Random, length: number) => Voice> = {
  'low tone': (random) => {
    const hertz = random.between(240, 340);
    return (time) => sine(hertz, time);
  },
  'high tone': (random) => {
    const hertz = random.between(2200, 3000);
    return (time) => sine(hertz, time);
  },
  'rising chirp': (random, length) => chirp(random.between(350, 450), random.between(2400, 3200), length),
  'falling chirp': (random, length) => chirp(random.between(2400, 3200), random.between(350, 450), length),
  'noise burst': (random) => () => random.between(-1, 1),
  'drum beat': (random) => {
    // Decaying knocks, eight a second.
    const hertz = random.between(700, 900);
    return (time) => sine(hertz, time) * exp(-30 * (time % 0.125));
  },
};

function background(random: Random): Float32Array {
  const [hum, hiss, hertz] = [
    random.between(0.005, 0.02),
    random.between(0.003, 0.012),
    random.between(48, 62),
  ];
  return Float32Array.from({ length: SECONDS * SAMPLE_RATE }, (_, i) => {
    const time = i / SAMPLE_RATE;
    return hum * (sine(hertz, time) + 0.5 * sine(2 * hertz, time)) + hiss * random.between(-1, 1);
  });
}
