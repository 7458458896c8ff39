/** Runs the programs that check kernels, and the tools that build them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * What a program says, run in the package's folder. When it fails, the error carries all of it: the lines that differ,
 * or what a compiler or a sanitizer found.
 */
export function said(program: string, args: string[]): string {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd: join(__dirname, '..', '..'),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return stdout;
  const end = error?.message ?? `ended with ${signal ?? `exit code ${status}`}`;
  throw new Error(`${[program, ...args].join(' ')}: ${end}\n${stdout ?? ''}${stderr ?? ''}`);
}
