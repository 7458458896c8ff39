// Brings the native addon into the process. Three steps that can each fail on a user's machine: find the compiled
// files, find a libtorch of the version that they were built against, open both in the right order. Every failure is
// a NativeLoadError with the places that were searched and the command that fixes it.

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Attempt, findLibtorch, type Libtorch, layout, packageRoot } from './libtorch.js';
import type { NativeAddon } from './native.js';
import { statusSlot } from './wire-codes.generated.js';

/** The addon or its libtorch is missing, of the wrong version, or does not open on this machine. */
export class NativeLoadError extends Error {
  override readonly name = 'NativeLoadError';
  readonly code = 'NATIVE_LOAD';
}

/** The record that the build writes beside the compiled addon. */
interface BuildRecord {
  /** Full version of the libtorch that it was compiled against. */
  libtorch: string;
  /** Whether it contains CUDA kernels, and so needs a libtorch with CUDA. */
  cuda: boolean;
}

/** The libraries in use, for `earsight env` and for error messages. */
export interface NativeInfo {
  addon: string;
  libtorch: Libtorch;
  /** How the libtorch was chosen: LIBTORCH, recorded choice, Python's torch, download. */
  source: string;
  /** Full version of the libtorch that the addon was compiled against; `libtorch.version` is the loaded one. */
  builtAgainst: string;
}

interface Loader {
  /** Opens libraries in order; returns the linker's message for the first that fails. */
  open(paths: string[]): string | undefined;
}

const remedy = 'npx earsight build';

let loaded: { addon: unknown; info: NativeInfo } | undefined;

/** The native addon, loaded once per module registry and thread. Throws NativeLoadError. */
export function loadNative<Addon>(): Addon {
  loaded ??= load();
  return loaded.addon as Addon;
}

/** Which addon and which libtorch this process uses; loads them if that has not happened yet. */
export function nativeInfo(): NativeInfo {
  loaded ??= load();
  return loaded.info;
}

function load(): { addon: unknown; info: NativeInfo } {
  const problem = layout.platformProblem();
  if (problem) throw new NativeLoadError(problem);
  try {
    return open();
  } catch (cause) {
    const reason = layout.libraryProblem();
    throw reason ? new NativeLoadError(reason, { cause }) : cause;
  }
}

function open(): { addon: unknown; info: NativeInfo } {
  const folder = addonFolder();
  const record = readRecord(folder);
  const { libtorch, source, tried } = findLibtorch({ root: packageRoot, builtAgainst: record.libtorch });
  if (!libtorch || !source) throw new NativeLoadError(missingLibtorch(record, tried));
  if (record.cuda && !libtorch.cuda) {
    throw new NativeLoadError(
      `The addon in ${folder} was built with CUDA kernels, but the libtorch in ${libtorch.root} has no CUDA.\n` +
        `Set LIBTORCH to one that has, or rebuild the addon for this one: ${remedy}`,
    );
  }

  const libraries = ['libearsight_ops', 'libearsight_node'].map((name) => join(folder, name + layout.suffix));
  const loader = openModule<Loader>(join(folder, 'earsight.node'));
  refuseSecondCopy([join(libtorch.lib, `libtorch_cpu${layout.suffix}`), libraries[0] as string]);
  // The addon is opened here too, where handles are never closed: Node would unload it with the last worker thread.
  const failure = loader.open([...layout.librariesOf(libtorch), ...libraries]);
  if (failure) {
    throw new NativeLoadError(
      `The native libraries could not be opened: ${failure}\n` +
        `  addon    ${folder} (built against libtorch ${record.libtorch})\n` +
        `  libtorch ${libtorch.root} (${libtorch.version}, from ${source})\n` +
        `Rebuild the addon: ${remedy}`,
    );
  }
  const addon = openModule<NativeAddon>(libraries[1] as string);
  if (addon.slots === undefined)
    throw new NativeLoadError(`${libraries[1]}: its functions could not be registered.`);
  addon.checkSettings();
  if (new Float64Array(addon.slots)[statusSlot] !== 0) throw new NativeLoadError(addon.lastError().message);
  return { addon, info: { addon: folder, libtorch, source, builtAgainst: record.libtorch } };
}

/** The folder with the three compiled files: EARSIGHT_NATIVE_PATH, this checkout's build, or a prebuilt one. */
function addonFolder(): string {
  const override = process.env.EARSIGHT_NATIVE_PATH;
  if (override) {
    if (existsSync(join(override, 'earsight.node'))) return override;
    throw new NativeLoadError(`EARSIGHT_NATIVE_PATH is ${override}, but there is no earsight.node in it.`);
  }
  try {
    const { resolve }: { resolve(root: string): string } = require('node-gyp-build');
    return dirname(resolve(packageRoot));
  } catch (cause) {
    throw new NativeLoadError(
      `earsight has no compiled addon for ${process.platform}-${process.arch}.\n` +
        `Tried:\n  ${join(packageRoot, 'build', 'Release')}\n  ${join(packageRoot, 'prebuilds')}\n` +
        `Compile it (needs CMake and a C++20 compiler): ${remedy}`,
      { cause },
    );
  }
}

function readRecord(folder: string): BuildRecord {
  const file = join(folder, 'earsight.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new NativeLoadError(
      `${file} is missing or damaged, so the addon's libtorch version is unknown. Rebuild the addon: ${remedy}`,
      { cause },
    );
  }
}

function missingLibtorch(record: BuildRecord, tried: Attempt[]): string {
  const list = tried.map(({ where, why }) => `  ${where}: ${why}`).join('\n');
  return (
    `earsight found no libtorch that it can use (its addon was built against ${record.libtorch}).\n` +
    `Tried:\n${list}\n` +
    `Fetch one (about 200 MB to download, 600 MB on disk): ${remedy}\n` +
    'or set LIBTORCH to a libtorch folder of that version.'
  );
}

/**
 * A process holds one libtorch and one operator library: a second registration of the same operators aborts it. So
 * another copy of earsight (or of libtorch) that is already there is refused by name.
 */
function refuseSecondCopy(files: string[]): void {
  const opened = openedLibraries();
  for (const file of files) {
    const other = opened.find((name) => basename(name) === basename(file) && !sameFile(name, file));
    if (other) {
      throw new NativeLoadError(
        `${file} cannot be loaded: this process already uses another copy, ${other}.\n` +
          'Only one earsight and one libtorch fit into a process: look for a second installed version (npm ls earsight).',
      );
    }
  }
}

/** Paths of the libraries in this process; on Linux only, elsewhere none. */
function openedLibraries(): string[] {
  const maps = '/proc/self/maps';
  if (!existsSync(maps)) return [];
  const paths = readFileSync(maps, 'utf8').match(/\/\S.*$/gm) ?? [];
  return [...new Set(paths)];
}

function sameFile(a: string, b: string): boolean {
  return a === b || (existsSync(a) && existsSync(b) && realpathSync(a) === realpathSync(b));
}

/** process.dlopen instead of require: without a module cache, every module registry and thread gets its own exports. */
function openModule<Exports>(file: string): Exports {
  const module = { exports: {} };
  try {
    process.dlopen(module, file, constants.dlopen.RTLD_NOW);
  } catch (cause) {
    throw new NativeLoadError(
      `${file} could not be opened: ${(cause as Error).message}\nRebuild it: ${remedy}`,
      {
        cause,
      },
    );
  }
  return module.exports as Exports;
}
