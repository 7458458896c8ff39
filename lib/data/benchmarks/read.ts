/** Reads a benchmark: its questions, and which of their clips are on the disk. */
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { checkUserFile, shown } from '../../runtime/index.js';
import { checkOptions, kinds } from '../../tensor/index.js';
import { DataError } from '../errors.js';
import type { BenchmarkLayout, BenchmarkQuestion } from './benchmark.js';
import { benchmarkLayouts } from './list.js';

export interface BenchmarkOptions {
  /** The folder of clips. Default: where the benchmark's archives unpack to, beside each file. */
  media?: string;
}

/** A clip that some question needs and that is no file. */
export interface MissingClip {
  path: string;
  /** Questions that need it. */
  ids: string[];
}

export interface Benchmark {
  name: string;
  title: string;
  /** Those whose clips are there; paths are absolute. */
  questions: BenchmarkQuestion[];
  missing: MissingClip[];
}

/**
 * Reads the files of a benchmark. A path that a file gives absolutely stays; with `media` its name alone is looked for there.
 * @throws DataError for the first thing that does not fit
 */
export async function readBenchmark(
  name: string,
  files: readonly string[],
  options: BenchmarkOptions = {},
): Promise<Benchmark> {
  checkOptions('readBenchmark', options, { media: kinds.string });
  const { media } = options;
  const layout = layoutOf(name);
  const found: BenchmarkQuestion[] = [];
  const fileOf = new Map<string, string>();
  for (const file of files) {
    const ending = extname(file).toLowerCase();
    if (!layout.endings.includes(ending)) {
      const expected = `expected a file of ${layout.title} (${layout.endings.join(', ')})`;
      throw new DataError(
        { file },
        `got the ending ${shown(ending)}, ${expected}`,
        'give the published file',
      );
    }
    const clips = new ClipPaths(file, media, layout.media);
    for (const question of await layout.read(file)) {
      const { sample } = question;
      const other = fileOf.get(sample.id);
      if (other !== undefined) {
        const problem = `two questions have the id ${shown(sample.id)}${other === file ? '' : `, one of them in ${other}`}`;
        throw new DataError({ file }, problem, 'remove one of them');
      }
      fileOf.set(sample.id, file);
      const video = sample.video === undefined ? {} : { video: clips.at(sample.video) };
      const audio = sample.audio == null ? null : clips.at(sample.audio);
      found.push({ ...question, sample: { ...sample, ...video, audio } });
    }
  }
  return { name, title: layout.title, ...present(found) };
}

function layoutOf(name: string): BenchmarkLayout {
  const layout = benchmarkLayouts.find((it) => it.name === name);
  if (layout !== undefined) return layout;
  const names = benchmarkLayouts.map((it) => it.name).join(', ');
  throw new RangeError(`readBenchmark: name: got ${shown(name)}, expected one of ${names}`);
}

/** Where the clips of a file are. */
class ClipPaths {
  readonly #file: string;
  readonly #given: boolean;
  readonly #folder: string;
  /** By the names that absolute paths are reduced to: two clips of one name would be one. */
  readonly #named = new Map<string, string>();

  constructor(file: string, media: string | undefined, usual: string) {
    this.#file = file;
    this.#given = media !== undefined;
    this.#folder = resolve(media ?? join(dirname(file), usual));
  }

  at(path: string): string {
    if (!this.#given || !isAbsolute(path)) return resolve(this.#folder, path);
    const name = basename(path);
    const other = this.#named.get(name) ?? path;
    this.#named.set(name, path);
    if (other === path) return join(this.#folder, name);
    const problem = `got ${shown(path)} beside ${shown(other)}, which would both be ${name} in the folder of clips`;
    throw new DataError(
      { file: this.#file },
      problem,
      'write paths that are relative to the folder into the file',
    );
  }
}

function present(all: readonly BenchmarkQuestion[]): Pick<Benchmark, 'questions' | 'missing'> {
  const missing = new Map<string, MissingClip>();
  const isFile = new Map<string, boolean>();
  const isMissing = (path: string): boolean => {
    if (!isFile.has(path)) isFile.set(path, isRegular(path));
    return isFile.get(path) === false;
  };
  const questions = all.filter(({ sample: { id, video, audio } }) => {
    const lost = [video, audio].filter((path): path is string => path != null && isMissing(path));
    for (const path of lost) {
      const clip = missing.get(path) ?? { path, ids: [] };
      missing.set(path, clip);
      clip.ids.push(id);
    }
    return lost.length === 0;
  });
  return { questions, missing: [...missing.values()] };
}

function isRegular(path: string): boolean {
  try {
    checkUserFile(path);
    return true;
  } catch {
    return false;
  }
}
