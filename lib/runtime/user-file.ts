/**
 * Files that a user names, and files in folders that a user names: samples, recipes, models, checkpoints, runs.
 * Whatever the path leads to, reading ends with the content or with an error that names the file.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { shown } from './shown.js';

/** A file of a model, a checkpoint, a run or a recipe that cannot be used; the message names it and the reason. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly file: string;
  readonly reason: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
    this.reason = reason;
  }
}

type Fail = (reason: string) => Error;

export interface ReadOptions {
  /** Larger files are refused. Default 64 MiB. */
  maxBytes?: number;
  /** Makes the error from the reason. Default: a FileError. */
  fail?: Fail;
}

const fileError =
  (file: string): Fail =>
  (reason) =>
    new FileError(file, reason);

const reasons: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file: a part of the path is not a folder',
  EACCES: 'the file may not be read: permission denied',
  EPERM: 'the file may not be read: permission denied',
  ELOOP: 'the path is a loop of symbolic links',
  ENAMETOOLONG: 'the path is too long',
  ENXIO: 'not a file but a socket or device',
  ERR_INVALID_ARG_VALUE: 'the path holds a NUL character',
};

/** For an argument of a function: @throws TypeError naming `what` when `path` cannot be a path on any system. */
export function checkPath(what: string, path: unknown): asserts path is string {
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`${what}: expected a path, got ${path === '' ? 'an empty string' : String(path)}`);
  if (path.includes('\0'))
    throw new TypeError(`${what}: expected a path without NUL characters, got ${JSON.stringify(path)}`);
}

/** Refuses a path that does not exist, that cannot be reached or that is no regular file. Opens nothing. */
export function checkUserFile(file: string, fail: Fail = fileError(file)): void {
  refuseIrregular(
    trying(file, fail, (path) => statSync(path)),
    fail,
  );
}

/**
 * Opens a regular file for reading. Without O_NONBLOCK a pipe would wait for a writer, maybe for ever.
 * @returns the descriptor, to be closed, and the size in bytes
 */
export function openUserFile(file: string, fail: Fail = fileError(file)): { fd: number; size: number } {
  const fd = trying(file, fail, (path) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const stat = fstatSync(fd);
    refuseIrregular(stat, fail);
    return { fd, size: stat.size };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function trying<T>(file: string, fail: Fail, access: (file: string) => T): T {
  if (typeof file !== 'string') throw new TypeError(`expected the path of a file, got ${shown(file)}`);
  try {
    return access(file);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw fail(reasons[code] ?? message);
  }
}

function refuseIrregular(stat: Stats, fail: Fail): void {
  if (stat.isFile()) return;
  if (stat.isDirectory()) throw fail('not a file but a folder');
  throw fail(stat.isFIFO() ? 'not a file but a pipe' : 'not a file but a socket or device');
}

/** The whole content of a regular file. */
export function readUserFile(
  file: string,
  { maxBytes = 2 ** 26, fail = fileError(file) }: ReadOptions = {},
): Uint8Array {
  const { fd, size } = openUserFile(file, fail);
  try {
    if (size > maxBytes) throw fail(`the file has ${size} bytes; expected at most ${maxBytes}`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The content as UTF-8 text, without a byte order mark. */
export function readUserText(file: string, options: ReadOptions = {}): string {
  const bytes = readUserFile(file, options);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw (options.fail ?? fileError(file))('the file is not valid UTF-8');
  }
}

/** The content as JSON. */
export function readJsonFile(file: string, options: ReadOptions = {}): unknown {
  const text = readUserText(file, options);
  try {
    return parseJson(text);
  } catch (error) {
    throw (options.fail ?? fileError(file))(`not JSON: ${(error as Error).message}`);
  }
}

/** The content as a JSON object. */
export function readJsonObject(file: string, options: ReadOptions = {}): Record<string, unknown> {
  const value = readJsonFile(file, options);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw (options.fail ?? fileError(file))(`expected a JSON object, got ${shown(value)}`);
}

/** Later code may recurse once a level: deeper values would overflow its stack. */
const maxLevels = 100;

/** @throws SyntaxError when the text is not JSON, or nested deeper than 100 levels */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (isDeeper(value, maxLevels)) throw new SyntaxError(`nested deeper than ${maxLevels} levels`);
  return value;
}

/** Whether arrays and objects are nested more than `levels` deep. True for a value that contains itself. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, levels - 1));
  return Object.values(value).some((item) => isDeeper(item, levels - 1));
}
