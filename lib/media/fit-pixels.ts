/**
 * The size at which a vision tower reads a picture: sides that are multiples of its step, an area between two limits, the
 * shape as close to the picture's own as that allows. Equal to `smart_resize` of transformers' Qwen2-VL processors, which
 * Qwen2.5-Omni and Qwen3-Omni share, double by double.
 */

export interface PixelLimits {
  minPixels: number;
  maxPixels: number;
}

const maxAspectRatio = 200;

/**
 * @param step what both sides become multiples of: patch x mergeSize
 * @throws RangeError for a side that is more than 200 times the other
 */
export function fitPixels(
  height: number,
  width: number,
  step: number,
  { minPixels, maxPixels }: PixelLimits,
): [height: number, width: number] {
  const ratio = Math.max(height, width) / Math.min(height, width);
  if (ratio > maxAspectRatio) {
    throw new RangeError(
      `pictures of ${width} x ${height}: one side is ${ratio.toFixed(1)} times the other, expected at most ${maxAspectRatio}; crop them`,
    );
  }
  const near = (side: number): number => roundHalfEven(side / step) * step;
  const area = near(height) * near(width);
  if (area > maxPixels) {
    const scale = Math.sqrt((height * width) / maxPixels);
    const below = (side: number): number => Math.max(step, Math.floor(side / scale / step) * step);
    return [below(height), below(width)];
  }
  if (area < minPixels) {
    const scale = Math.sqrt(minPixels / (height * width));
    const above = (side: number): number => Math.ceil((side * scale) / step) * step;
    return [above(height), above(width)];
  }
  return [near(height), near(width)];
}

/** As Python's round: 8.5 gives 8. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
