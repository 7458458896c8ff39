// What is drawn and sounded is what the event list says, and can be told from the distractors.
import { syntheticClips } from '../../lib/data/synthetic/clips.js';
import { type ClipEvents, SOUNDS } from '../../lib/data/synthetic/events.js';
import { Random } from '../../lib/data/synthetic/random.js';
import { drawFrames, FRAMES, SIZE } from '../../lib/data/synthetic/render.js';
import { drawSound, SAMPLE_RATE } from '../../lib/data/synthetic/sound.js';

const clips = syntheticClips(5, { train: 6, validation: 0, test: 0 }).train;
const paints: Record<string, number[]> = {
  red: [230, 40, 40],
  green: [40, 200, 60],
  blue: [50, 90, 250],
  yellow: [240, 220, 40],
  purple: [190, 60, 220],
  white: [245, 245, 245],
};

/** Pixels of a frame within 12 levels of a colour. */
function pixelsOf(frames: Uint8Array, frame: number, colour: string): { x: number; y: number }[] {
  const [r, g, b] = paints[colour] as [number, number, number];
  const near = (level: number, offset: number) => Math.abs(frames[offset]! - level) <= 12;
  const found = [];
  for (let p = 0; p < SIZE * SIZE; p++) {
    const offset = (frame * SIZE * SIZE + p) * 3;
    if (near(r, offset) && near(g, offset + 1) && near(b, offset + 2)) {
      found.push({ x: p % SIZE, y: Math.floor(p / SIZE) });
    }
  }
  return found;
}

describe('pictures', () => {
  test('a shape is on screen in the frames of its event and in no other, and nothing else has its colour', () => {
    for (const { events } of clips) {
      const frames = drawFrames(events, new Random('pictures'));
      for (let k = 0; k < FRAMES; k++) {
        for (const colour of Object.keys(paints)) {
          const event = events.seen.find((e) => e.colour === colour);
          const shows = event !== undefined && k >= event.start * 4 && k < event.end * 4;
          const count = pixelsOf(frames, k, colour).length;
          shows ? expect(count).toBeGreaterThan(80) : expect(count).toBe(0);
        }
      }
    }
  });

  test('shapes move', () => {
    for (const { events } of clips) {
      const frames = drawFrames(events, new Random('pictures'));
      const { colour, start } = events.seen[0]!;
      const centre = (k: number) => {
        const pixels = pixelsOf(frames, k, colour);
        return pixels.reduce((sum, { x, y }) => sum + x + 100 * y, 0) / pixels.length;
      };
      expect(Math.abs(centre(start * 4) - centre(start * 4 + 3))).toBeGreaterThan(0.5);
    }
  });

  test('each shape has its own outline: a disc, a square, twice or more as wide as high, or as high as wide', () => {
    for (const { events } of clips) {
      const frames = drawFrames(events, new Random('pictures'));
      for (const { colour, shape, start } of events.seen) {
        const pixels = pixelsOf(frames, start * 4, colour);
        const extent = (values: number[]) => Math.max(...values) - Math.min(...values) + 1;
        const [width, height] = [extent(pixels.map(({ x }) => x)), extent(pixels.map(({ y }) => y))];
        const filled = pixels.length / (width * height);
        if (shape === 'bar') expect(width).toBeGreaterThan(2 * height);
        else if (shape === 'pole') expect(height).toBeGreaterThan(2 * width);
        else expect(Math.abs(width - height)).toBeLessThanOrEqual(2);
        // A disc fills pi / 4 of its box, the others all of it.
        expect(Math.abs(filled - (shape === 'dot' ? Math.PI / 4 : 1))).toBeLessThan(0.12);
        if (shape === 'dot') expect(width).toBeLessThan(20);
        if (shape === 'square') expect(width).toBeGreaterThan(20);
      }
    }
  });
});

describe('sound', () => {
  const rms = (samples: Float32Array) =>
    Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
  /** Mean frequency in Hz by zero crossings. */
  const crossings = (samples: Float32Array) =>
    samples.reduce((n, x, i) => n + (i > 0 && x >= 0 !== samples[i - 1]! >= 0 ? 1 : 0), 0) /
    2 /
    (samples.length / SAMPLE_RATE);

  test('every half second is loud when something is heard in it and quiet otherwise', () => {
    for (const { events } of clips) {
      const samples = drawSound(events, new Random('sound'));
      expect(samples).toHaveLength(4 * SAMPLE_RATE);
      for (let slot = 0; slot < 8; slot++) {
        const level = rms(samples.subarray((slot * SAMPLE_RATE) / 2, ((slot + 1) * SAMPLE_RATE) / 2));
        const heard = events.heard.some(({ start, end }) => start <= slot && slot < end);
        heard ? expect(level).toBeGreaterThan(0.05) : expect(level).toBeLessThan(0.03);
      }
    }
  });

  test('each sound is what its name says', () => {
    for (const sound of SOUNDS) {
      for (let seed = 0; seed < 10; seed++) {
        const events: ClipEvents = { seen: [], heard: [{ sound, start: 2, end: 4 }] };
        const samples = drawSound(events, new Random(seed)).slice(SAMPLE_RATE, 2 * SAMPLE_RATE);
        const parts = [0, 0.25, 0.5, 0.75].map((from) =>
          samples.subarray(from * SAMPLE_RATE, (from + 0.25) * SAMPLE_RATE),
        );
        const [first, , , last] = parts.map(crossings) as [number, number, number, number];
        switch (sound) {
          case 'low tone':
            expect(first > 230 && first < 350 && last > 230 && last < 350).toBe(true);
            break;
          case 'high tone':
            expect(first > 2150 && first < 3050 && last > 2150 && last < 3050).toBe(true);
            break;
          case 'rising chirp':
            expect(last).toBeGreaterThan(2.5 * first);
            break;
          case 'falling chirp':
            expect(first).toBeGreaterThan(2.5 * last);
            break;
          case 'noise burst':
            // White noise crosses zero at half of its samples.
            expect(Math.abs(crossings(samples) - SAMPLE_RATE / 4)).toBeLessThan(200);
            break;
          case 'drum beat': {
            // Eight knocks a second: the start of each eighth is much louder than its end.
            const eighth = SAMPLE_RATE / 8;
            for (let k = 1; k < 7; k++) {
              const [head, tail] = [k * eighth, k * eighth + eighth * 0.75];
              expect(rms(samples.subarray(head, head + 250))).toBeGreaterThan(
                3 * rms(samples.subarray(tail, tail + 250)),
              );
            }
          }
        }
      }
    }
  });
});

test('the same seed draws the same bytes', () => {
  const { events } = clips[0]!;
  const draw = () => [drawFrames(events, new Random(1, 'p')), drawSound(events, new Random(1, 's'))] as const;
  const [first, second] = [draw(), draw()];
  expect(Buffer.compare(first[0], second[0])).toBe(0);
  expect(first[1]).toEqual(second[1]);
  expect(Buffer.compare(first[0], drawFrames(events, new Random(2, 'p')))).not.toBe(0);
});
