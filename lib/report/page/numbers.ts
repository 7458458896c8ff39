/** A number as short as its use allows: 0.05, 1200, 2e-5; none: a dash. */
export function shortNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return '\u2013';
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-3
    ? value
        .toExponential(digits - 1)
        .replace(/\.?0*e/, 'e')
        .replace('e+', 'e')
    : String(Number(value.toPrecision(Math.max(digits, Math.floor(Math.log10(size)) + 1))));
}

/**
 * The ends of an axis around values, with a margin. The library steps through an axis by additions: the ends lie so far
 * apart that a step changes the number.
 */
export function axisRange(low: number | null, high: number | null, margin: number): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  const span = high - low;
  if (span > size * 1e-6) return [low - margin * span, high + margin * span];
  const around = Math.max(size * 0.1, size < 1e-12 ? 0.5 : 0);
  return [low - around, high + around];
}
