/**
 * Rewards from a user's file: its default export is a reward function, or a function of options that returns one. The
 * file is the user's code: whatever it throws or exports ends in an error that names it.
 */
import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RewardBatch, RewardFunc } from '../../rewards/index.js';
import { shown } from '../../runtime/index.js';

/** @param options of the recipe; with any, the default export is called with them */
export async function loadReward(file: string, options: object): Promise<RewardFunc> {
  const exported = await defaultExport(file);
  const made = Object.keys(options).length > 0 ? madeFrom(exported, options, file) : probed(exported);
  return named(made, basename(file, extname(file)));
}

type AnyFunction = (argument: never) => unknown;

async function defaultExport(file: string): Promise<AnyFunction> {
  let loaded: { default?: unknown };
  try {
    loaded = await import(pathToFileURL(file).href);
  } catch (error) {
    throw new Error(`${file} cannot be loaded: ${(error as Error)?.message ?? error}`);
  }
  if (typeof loaded.default === 'function') return loaded.default as AnyFunction;
  throw new Error(
    `${file}: expected a reward function as its default export, or a function of options that returns one; got ` +
      shown(loaded.default),
  );
}

function madeFrom(factory: AnyFunction, options: object, file: string): AnyFunction {
  let made: unknown;
  try {
    made = factory(options as never);
  } catch (error) {
    throw new Error(`${file}: refused its options: ${(error as Error)?.message ?? error}`);
  }
  if (typeof made === 'function') return made as AnyFunction;
  void settle(made);
  throw new Error(
    `${file}: with options its default export is called with them and must return a reward function; got ${shown(made)}`,
  );
}

/** Without options: a reward function, or a factory, which returns a function when it is given none. */
function probed(exported: AnyFunction): AnyFunction {
  try {
    const made = exported({} as never);
    if (typeof made === 'function') return made as AnyFunction;
    void settle(made);
  } catch {
    // A reward function, which misses its batch.
  }
  return exported;
}

/** Of a promise that nobody waits for. */
async function settle(value: unknown): Promise<void> {
  try {
    await value;
  } catch {
    // As in `probed`.
  }
}

/** A reward under a name of its own, by which its metrics are called. */
function named(reward: AnyFunction, fallback: string): RewardFunc {
  const { name } = reward;
  const score = reward as RewardFunc;
  const wrapped: RewardFunc = Object.assign((batch: RewardBatch) => score(batch), { views: score.views });
  return Object.defineProperty(wrapped, 'name', {
    value: name === '' || name === 'default' ? fallback : name,
  });
}
