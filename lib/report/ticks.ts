// Round numbers for an axis.

/** About `count` multiples of 1, 2 or 5 times a power of ten that lie in [low, high]; low < high. */
export function ticks(low: number, high: number, count: number): number[] {
  const raw = high / count - low / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10]
    .map((factor) => factor * power)
    .find((candidate) => candidate >= raw * 0.999) as number;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** A number as short as its use on an axis allows: 0.05, 1200, 2e-5. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-3
    ? value.toExponential(1).replace('.0e', 'e').replace('e+', 'e')
    : String(Number(value.toPrecision(3)));
}
