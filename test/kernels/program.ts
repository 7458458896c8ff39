/** Builds and runs the programs that check kernels. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(__dirname, '..', '..');

/**
 * Runs a program in the package's folder and returns its output. The error of a failed program has all of the output: the
 * lines that differ, or the report of a compiler or a sanitizer.
 */
export function outputOf(program: string, args: string[], env: Record<string, string> = {}): string {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, ...env },
  });
  if (status === 0) return stdout;
  const end = error?.message ?? `ended with ${signal ?? `exit code ${status}`}`;
  throw new Error(`${[program, ...args].join(' ')}: ${end}\n${stdout ?? ''}${stderr ?? ''}`);
}

const { withLock } = require('../../scripts/bootstrap/lock.cjs') as {
  withLock: <T>(file: string, waiting: () => void, work: () => T) => Promise<T>;
};

/**
 * Compiles a check program (the first time, or after a change) and returns its path. Programs share objects and a build
 * log, and jest runs several suites at once: one compiles at a time. `definitions`: a build in a folder of its own.
 */
export function buildProgram(target: string, folder = 'build', definitions: string[] = []): Promise<string> {
  const build = join(root, folder);
  return withLock(
    join(root, 'build', 'check.lock'),
    () => {},
    () => {
      if (definitions.length > 0) outputOf('cmake', ['-S', root, '-B', build, ...definitions]);
      outputOf('cmake', ['--build', build, '--target', target, '--config', 'Release', '--parallel', '2']);
      return join(build, 'check', target);
    },
  );
}
