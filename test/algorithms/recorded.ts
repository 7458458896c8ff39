// Numbers that other libraries gave, as they were printed.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const recorded = (name: string) =>
  JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'algorithms', `${name}.json`), 'utf8'));

/** Half a unit of the last printed digit, plus what float64 sums may differ by; or what float32 may. */
export function expectPrinted(actual: number, printed: string | null | undefined, float32 = false): void {
  if (printed == null) return;
  const digits = printed.split('.')[1]?.length ?? 0;
  // An exact 0 stands for 0 however it is printed.
  const half = Number(printed) === 0 ? 0 : 0.5 * 10 ** -digits;
  const expected = Number(printed);
  const tolerance = float32 ? half + 1e-5 * Math.max(1, Math.abs(expected)) : half + 1e-7;
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance);
}

export const l1 = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + Math.abs(value), 0);

/** Options in the operators' snake_case as the faces take them. */
export function camelCase(options: Record<string, unknown>): Record<string, unknown> {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), value]));
}
