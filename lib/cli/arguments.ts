/** Readers of option values; what they refuse ends the command with code 2. */
import { InvalidArgumentError, Option } from 'commander';

export function count(text: string): number {
  const value = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('expected a whole number of at least 1, below 2 ** 53');
  return value;
}

export function seed(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('expected a whole number from 0 to 2^53-1');
  return Number(text);
}

/** Minutes. */
export function duration(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < Infinity))
    throw new InvalidArgumentError('expected a number of minutes above 0');
  return value;
}

/** @param most the largest number allowed */
export function amount(most = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < 0 || value > most) {
      throw new InvalidArgumentError(`expected a number from 0${most < Infinity ? ` to ${most}` : ''}`);
    }
    return value;
  };
}

export const views = ['av', 'v', 'a', 'none'] as const;

export function viewOption(flags: string, description: string): Option {
  return new Option(flags, description).choices(views);
}
