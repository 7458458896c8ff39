// Temporary folders and stand-ins for a libtorch and for programs, shared by the set-up tests.

import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const repository = resolve(__dirname, '..', '..');

const folders: string[] = [];

/** A fresh folder that `removeTemporaries` deletes. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'earsight-test-')));
  folders.push(folder);
  return folder;
}

export function removeTemporaries(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function write(file: string, text: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** An executable shell script. */
export function program(file: string, body: string): string {
  write(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

export interface FakeLibtorch {
  version?: string;
  /** Where the version stands: in a wheel's version.py, an archive's build-version, a header, or nowhere. */
  versionIn?: 'wheel' | 'archive' | 'header' | 'nowhere';
  cuda?: boolean;
  headers?: boolean;
}

/** A folder that looks like a libtorch: empty libraries, a version file, an include folder. */
export function fakeLibtorch(folder: string, options: FakeLibtorch = {}): string {
  const { version = '2.13.0+cpu', versionIn = 'wheel', cuda = false, headers = true } = options;
  const names = ['libc10', 'libtorch_cpu', 'libtorch', ...(cuda ? ['libc10_cuda', 'libtorch_cuda'] : [])];
  for (const name of names) write(join(folder, 'lib', `${name}.so`), '');
  write(join(folder, 'lib', 'libgomp.so.1'), '');
  if (headers) write(join(folder, 'include', 'torch', 'torch.h'), '');
  if (versionIn === 'wheel') write(join(folder, 'version.py'), `__version__ = '${version}'\n`);
  if (versionIn === 'archive') write(join(folder, 'build-version'), `${version}\n`);
  if (versionIn === 'header') {
    const [major, minor, patch] = version.split('.');
    const lines = [`MAJOR ${major}`, `MINOR ${minor}`, `PATCH ${patch}`].map(
      (part) => `#define TORCH_VERSION_${part}`,
    );
    write(join(folder, 'include', 'torch', 'headeronly', 'version.h'), `${lines.join('\n')}\n`);
  }
  return folder;
}
