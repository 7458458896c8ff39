/**
 * The kernels' portable side under compilers that do not build the package here: clang, and gcc for arm64. Neither is
 * needed to use the package; a machine without them skips by name. Vector units are left out: they are x86 and gcc's.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(__dirname, '..', '..');
/** Units of one instruction set or of a GPU, by folder or name. */
const notPortable = /[\\/]cuda[\\/]|(avx2|avx512|avx512_bf16|amx)\.cpp$/;
const units = ['native/kernels', 'test/kernels/native'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith('.cpp') && !notPortable.test(file)),
);

test('every kernel has portable units', () => {
  const portable = units
    .filter((file) => basename(file) === 'portable.cpp')
    .map((file) => file.split(/[\\/]/)[2]);
  expect(portable.sort()).toEqual(['attention', 'decode', 'linear_logprob', 'policy', 'rms_norm']);
});

describe.each(['clang++', 'aarch64-linux-gnu-g++'])('%s', (compiler) => {
  const found = spawnSync(compiler, ['--version']).status === 0;
  if (!found) console.warn(`portable kernels: not compiled, ${compiler} does not run`);

  (found ? test : test.skip)(
    'compiles every portable unit without a warning',
    () => {
      const flags = ['-std=c++20', '-Wall', '-Wextra', '-Werror', '-fsyntax-only'];
      const { status, stderr } = spawnSync(compiler, [...flags, ...units], { cwd: root, encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
    600_000,
  );
});
