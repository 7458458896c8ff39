// Types for scripts/libtorch, which finds the libtorch of this process. The search is plain JavaScript outside lib/:
// the bootstrap of a fresh clone needs it before TypeScript has been compiled.

import { join } from 'node:path';

/** A libtorch folder: `lib` and `include` inside `root`, its full version ('2.13.0+cpu'), whether it has CUDA. */
export interface Libtorch {
  root: string;
  lib: string;
  include: string;
  version: string;
  cuda: boolean;
}

/** A place that was searched, and why it was rejected. */
export interface Attempt {
  where: string;
  why: string;
}

interface Search {
  libtorch?: Libtorch;
  /** How it was chosen: LIBTORCH, recorded choice, Python's torch, download. */
  source?: string;
  tried: Attempt[];
  /** LIBTORCH names it: no other place was searched. */
  explicit?: boolean;
}

interface Layout {
  suffix: '.so' | '.dylib';
  librariesOf(libtorch: Libtorch): string[];
  platformProblem(): string | undefined;
  libraryProblem(): string | undefined;
}

interface Locate {
  findLibtorch(query: { root: string; builtAgainst?: string; headers?: boolean }): Search;
}

/** The package's own folder: two levels up from lib/runtime and from dist/runtime alike. */
export const packageRoot = join(__dirname, '..', '..');

const scripts = join(packageRoot, 'scripts', 'libtorch');
export const layout: Layout = require(join(scripts, 'layout.cjs'));
export const { findLibtorch }: Locate = require(join(scripts, 'locate.cjs'));
