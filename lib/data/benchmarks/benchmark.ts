/** Questions of published benchmarks, whatever files they come in. */
import type { Sample } from '../sample.js';

export interface BenchmarkQuestion {
  /** The part of the benchmark, or its name where it has one part. */
  part: string;
  /** What results are broken down by besides, for example { duration: 'short' }. */
  categories: Record<string, string>;
  /** Whether it asks if the clip is generated; its options are YES and NO, in any order. */
  detection: boolean;
  /** It has options and an answer. Paths of media are relative to the folder of clips, or absolute. */
  sample: Sample;
}

export interface BenchmarkLayout {
  /** On the command line. */
  name: string;
  title: string;
  /** Endings of its files: `.json`. */
  endings: readonly string[];
  /** Where its clips lie beside the file, when its archives were unpacked there. */
  media: string;
  /** @throws DataError for the first thing that does not fit */
  read(file: string): Promise<BenchmarkQuestion[]>;
}
