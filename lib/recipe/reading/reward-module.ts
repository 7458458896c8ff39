/**
 * Rewards from a user's file, which exports one of two:
 * - `default`, a reward function. Where the recipe gives options, it is a function of them that returns one.
 * - `createReward`, a function of the options that returns a reward function, also where the recipe gives none.
 *
 * No export is called to find out which it is. The file is the user's code: whatever it throws or exports ends in an
 * error that names it.
 */
import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RewardBatch, RewardFunc } from '../../rewards/index.js';
import { shown } from '../../runtime/index.js';

/** @param options of the recipe */
export async function loadReward(file: string, options: object): Promise<RewardFunc> {
  const exported = await exportsOf(file);
  const { default: reward, createReward } = exported;
  if (typeof createReward === 'function' && typeof reward === 'function')
    throw new Error(`${file}: exports both 'default' and 'createReward'; expected one of them`);
  if (typeof createReward === 'function')
    return named(madeBy(createReward as AnyFunction, options, `${file}: createReward`), file);
  if (typeof reward !== 'function')
    throw new Error(
      `${file}: expected a reward function as its default export, or 'createReward', a function of options that ` +
        `returns one; got ${shown(reward)}`,
    );
  const isFactory = Object.keys(options).length > 0;
  return named(
    isFactory
      ? madeBy(reward as AnyFunction, options, `${file}: its default export, called with the options,`)
      : (reward as AnyFunction),
    file,
  );
}

type AnyFunction = (argument: never) => unknown;

async function exportsOf(file: string): Promise<{ default?: unknown; createReward?: unknown }> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw new Error(`${file} cannot be loaded: ${(error as Error)?.message ?? error}`);
  }
}

/** @param name of the export, for messages */
function madeBy(factory: AnyFunction, options: object, name: string): AnyFunction {
  let made: unknown;
  try {
    made = factory(options as never);
  } catch (error) {
    throw new Error(`${name} refused its options: ${(error as Error)?.message ?? error}`);
  }
  if (typeof made === 'function') return made as AnyFunction;
  // A promise that nobody waits for must not end the process.
  void Promise.resolve(made).catch(() => {});
  throw new Error(`${name} must return a reward function; got ${shown(made)}`);
}

/** A reward under a name of its own, by which its metrics are called. */
function named(reward: AnyFunction, file: string): RewardFunc {
  const { name } = reward;
  const score = reward as RewardFunc;
  const wrapped: RewardFunc = (batch: RewardBatch) => {
    const scores = score(batch);
    if (typeof scores !== 'function') return scores;
    throw new TypeError(
      `${file} returned a function, expected scores; a function of options is exported as 'createReward'`,
    );
  };
  return Object.defineProperty(Object.assign(wrapped, { views: score.views, judge: score.judge }), 'name', {
    value: name === '' || name === 'default' ? basename(file, extname(file)) : name,
  });
}
