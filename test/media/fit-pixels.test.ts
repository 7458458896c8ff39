/** Sizes of pictures against those of transformers' smart_resize, recorded by scripts/fixtures/media.py. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fitPixels } from '../../lib/media/index.js';

interface Sizes {
  step: number;
  minPixels: number;
  maxPixels: number;
  longest: number;
  /** Heights in one checksum. */
  rows: number;
  crc32: string[];
}

const recorded: Sizes[] = JSON.parse(readFileSync(join(__dirname, '../fixtures/media/sizes.json'), 'utf8'));

// The whole sweep is 20 million sizes; of the others a fifth, spread evenly, is enough to find another rule.
const full = Boolean(process.env.EARSIGHT_TEST_FULL);

/** New heights and widths of `rows` heights at every width; 0 and 0 for a shape that is refused. */
function sizesOf(first: number, { step, longest, rows, ...limits }: Sizes): Uint16Array {
  const sizes = new Uint16Array(2 * rows * longest);
  let at = 0;
  for (let height = first; height < first + rows; height++) {
    for (let width = 1; width <= longest; width++, at += 2) {
      try {
        const size = fitPixels(height, width, step, limits);
        sizes[at] = size[0];
        sizes[at + 1] = size[1];
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
  }
  return sizes;
}

describe('pictures are scaled to the size that the published processors give them', () => {
  it.each(
    recorded.map(
      (sizes, i) => [full || i === 0 ? 1 : 5, sizes.step, sizes.minPixels, sizes.maxPixels, sizes] as const,
    ),
  )(
    'sizes from 1 to 2,000 in both directions, 1 height in %d: step %d, %d to %d pixels',
    (one, _step, _least, _most, sizes) => {
      expect(sizes.crc32).toHaveLength(sizes.longest / sizes.rows);
      const different = sizes.crc32.flatMap((expected, i) => {
        if (i % one !== 0) return [];
        const first = 1 + i * sizes.rows;
        const sum = crc32(new Uint8Array(sizesOf(first, sizes).buffer))
          .toString(16)
          .padStart(8, '0');
        return sum === expected ? [] : [`heights ${first} to ${first + sizes.rows - 1}`];
      });
      expect(different).toEqual([]);
    },
  );

  it('halves are rounded to even: 480 x 272 becomes 480 x 256, 120 tokens of 32 x 32 pixels', () => {
    // 272 / 32 = 8.5, which Python rounds to 8.
    expect(fitPixels(272, 480, 32, { minPixels: 3136, maxPixels: 200_704 })).toEqual([256, 480]);
  });

  it('a side of up to 200 times the other is taken, a longer one refused with both sides', () => {
    const limits = { minPixels: 3136, maxPixels: 200_704 };
    // sqrt(3136 / 20,000) of the sides is 3.96 x 791.96, up to the next multiples of 32.
    expect(fitPixels(10, 2000, 32, limits)).toEqual([32, 800]);
    expect(() => fitPixels(10, 2001, 32, limits)).toThrow(
      new RangeError(
        'pictures of 2001 x 10: one side is 200.1 times the other, expected at most 200; crop them',
      ),
    );
  });
});
