/** Limits of decoding on the command line, under the names that they have in a recipe's `media`. */
import { type Command, Option } from 'commander';
import { BadInputError } from '../files/index.js';
import type { MediaPoolOptions } from '../media/index.js';
import type { Recipe } from '../recipe/index.js';
import { count } from './arguments.js';

export interface MediaCommandOptions {
  mediaWorkers?: number;
  mediaTimeoutMs?: number;
  mediaMaxRssBytes?: number;
  mediaMaxResultBytes?: number;
}

export interface ClipCommandOptions extends MediaCommandOptions {
  onBadClip?: 'stop' | 'skip';
}

export function addMediaOptions(command: Command): Command {
  return command
    .option('--media-workers <number>', 'processes that decode clips (default: the cores, at most 4)', count)
    .option('--media-timeout-ms <number>', 'milliseconds for one clip (default: 60000)', count)
    .option('--media-max-rss-bytes <number>', 'memory of a decoding process (default: 2 GiB)', count)
    .option('--media-max-result-bytes <number>', 'frames and sound of one clip (default: half of it)', count);
}

/** What becomes of clips that cannot be used, in place of what the recipe says. */
export function badClipOption(): Option {
  return new Option(
    '--on-bad-clip <what>',
    'end at clips that cannot be used, or leave out their samples',
  ).choices(['stop', 'skip']);
}

/** The given ones, over those of a recipe. @throws BadInputError for values that do not go together */
export async function poolOptions(
  options: MediaCommandOptions,
  recipe: MediaPoolOptions = {},
): Promise<MediaPoolOptions> {
  const { MediaPool } = await import('../media/index.js');
  const joined = { ...recipe, ...given(options) };
  try {
    new MediaPool(joined);
  } catch (error) {
    throw new BadInputError(`--media-...: ${(error as Error).message.replace(/^MediaPool: /, '')}`);
  }
  return joined;
}

/** A recipe with what the command line says of clips in place of its own. @throws BadInputError as poolOptions */
export async function withClipOptions(
  recipe: Recipe,
  { onBadClip = recipe.onBadClip, ...media }: ClipCommandOptions,
): Promise<Recipe> {
  return { ...recipe, onBadClip, media: await poolOptions(media, recipe.media) };
}

/** The given ones as words of a command line. */
export function clipWords({ onBadClip, ...media }: ClipCommandOptions): string[] {
  const limits = Object.entries(given(media)).flatMap(([name, value]) => [flagOf(name), `${value}`]);
  return onBadClip === undefined ? limits : ['--on-bad-clip', onBadClip, ...limits];
}

function given(options: MediaCommandOptions): MediaPoolOptions {
  const named = {
    workers: options.mediaWorkers,
    timeoutMs: options.mediaTimeoutMs,
    maxRssBytes: options.mediaMaxRssBytes,
    maxResultBytes: options.mediaMaxResultBytes,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function flagOf(name: string): string {
  return `--media-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
