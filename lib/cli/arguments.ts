/** Readers of option values, which end the command with code 2 where they refuse one, and the examples below its help. */
import { InvalidArgumentError, Option } from 'commander';
import type { View } from '../data/index.js';

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

export const minutesHelp =
  'cap the time of training, that of a comparison included: stages are cut short, each makes a step at least; what is ' +
  'answered after a stage, to test and validation samples, is not cut';

/** Minutes. */
export function duration(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < Infinity))
    throw new InvalidArgumentError('expected a number of minutes above 0');
  return value;
}

/** From 0. */
export function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('expected a number from 0');
  return value;
}

/** Above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < Infinity))
    throw new InvalidArgumentError('expected a number above 0');
  return value;
}

/** From 0 to 1. */
export function probability(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('expected a number from 0 to 1');
  return value;
}

/** Above 0, at most 1. */
export function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 1))
    throw new InvalidArgumentError('expected a number above 0, at most 1');
  return value;
}

/** A path: an empty one would stand for the working folder. */
export function folder(text: string): string {
  if (text === '') throw new InvalidArgumentError('expected the path of a folder, got an empty one');
  return text;
}

/** Of commands that take a model's folder or a recipe. */
export function adapterOption(): Option {
  return new Option('--adapter <folder>', 'of an adapter of the model').argParser(folder);
}

/** What `openFolder` takes of it. */
export function adapterOf(adapter?: string): { folder: string; field: string } | undefined {
  return adapter === undefined ? undefined : { folder: adapter, field: '--adapter' };
}

/** What `addHelpText('after', ...)` takes. */
export function examples(...lines: string[]): string {
  return `\n${lines.length > 1 ? 'Examples' : 'Example'}:\n${lines.map((line) => `  earsight ${line}\n`).join('')}`;
}

export const views = ['av', 'v', 'a', 'none'] as const;

export function viewOption(flags: string, description: string, choices: readonly View[] = views): Option {
  return new Option(flags, description).choices(choices);
}

export function port(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('expected a whole number from 0 to 65535');
  return Number(text);
}
