/** What a process has once, however many copies of this package's modules it has loaded, as test runners do. */

/** The value of this name, made by the first copy that asks. What `make` closes over stays as long as the process. */
export function processWide<T>(name: string, make: () => T): T {
  const values = process as unknown as Record<symbol, T | undefined>;
  const key = Symbol.for(`earsight.${name}`);
  values[key] ??= make();
  return values[key];
}
