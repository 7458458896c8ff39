/** Settings of the threads that operators use: how many, and how they wait for each other. */

/** More than any machine has cores; far fewer than what makes the OpenMP runtime end the process. */
export const maxThreads = 1024;

/** @throws RangeError naming `where`, unless `count` is a whole number from 1 to 1024 */
export function checkThreads(where: string, count: unknown): void {
  if (Number.isInteger(count) && (count as number) >= 1 && (count as number) <= maxThreads) return;
  throw new RangeError(`${where}: expected an integer from 1 to ${maxThreads}, got ${String(count)}`);
}

/**
 * How threads wait for their team. `adaptive`: they spin on a quiet machine and sleep while cores are shared.
 * `never`: they never spin. `libgomp`: the OpenMP runtime decides, by its own variables.
 */
export type WaitPolicy = 'adaptive' | 'never' | 'libgomp';

export interface ThreadSettings {
  waiting: WaitPolicy;
  /** The variable that chose it, `NAME=value`, or what the system lacks; null for the default. */
  because: string | null;
}

/** @throws RangeError naming the variable and its value */
export function threadSettings(env: Readonly<Record<string, string | undefined>>): ThreadSettings {
  // A list has a number for each nesting level. The OpenMP runtime ignores 0 and what is not a number. It ends the
  // process when it cannot start the number of threads.
  for (const name of ['OMP_NUM_THREADS', 'MKL_NUM_THREADS'])
    for (const count of env[name]?.match(/\d+/g) ?? [])
      if (Number(count) > 0) checkThreads(name, Number(count));
  const asked = env.EARSIGHT_SPIN;
  if (asked) {
    if (asked !== 'never' && asked !== 'libgomp') {
      throw new RangeError(
        `EARSIGHT_SPIN: expected never or libgomp, got ${asked}; leave the variable unset`,
      );
    }
    return { waiting: asked, because: `EARSIGHT_SPIN=${asked}` };
  }
  const own = ['OMP_WAIT_POLICY', 'GOMP_SPINCOUNT'].find((name) => env[name]);
  return own ? { waiting: 'libgomp', because: `${own}=${env[own]}` } : { waiting: 'adaptive', because: null };
}
