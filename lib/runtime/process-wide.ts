/** Values that a process has once, even if it has loaded this package's modules several times (test runners do). */

/** The value of this name; the first caller makes it. What `make` closes over lives as long as the process. */
export function processWide<T>(name: string, make: () => T): T {
  const values = process as unknown as Record<symbol, T | undefined>;
  const key = Symbol.for(`earsight.${name}`);
  values[key] ??= make();
  return values[key];
}
