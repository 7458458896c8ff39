/**
 * Compiles the GPU kernels with nvcc for the targets of the build, which needs no GPU. Checks the assembler's report of
 * registers too: a kernel that keeps its sums in memory is several times slower.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const nvcc = process.env.CUDACXX || 'nvcc';
const found = spawnSync(nvcc, ['--version'], { encoding: 'utf8' }).status === 0;
if (!found) console.warn(`GPU kernels: not compiled, ${nvcc} does not run`);

const sources = join(__dirname, '..', '..', 'native', 'kernels', 'attention', 'cuda');
const builds = process.env.EARSIGHT_TEST_FULL
  ? ['bfloat16', 'half'].flatMap((format) => [80, 90].map((machine) => [format, machine] as const))
  : ([['bfloat16', 90]] as const);

/** Bytes of a thread that may be spilled; the sums alone are several hundred. */
const most = 64;

for (const [format, machine] of builds) {
  (found ? test : test.skip)(
    `${format}.cu compiles for sm_${machine} and keeps to its registers`,
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'earsight-nvcc-'));
      try {
        const target = `arch=compute_${machine},code=sm_${machine}`;
        const flags = ['-std=c++20', '-O3', '-gencode', target, '-Werror', 'all-warnings', '-Xptxas', '-v'];
        const output = ['-c', join(sources, `${format}.cu`), '-o', join(folder, 'kernels.o')];
        const { status, stderr } = spawnSync(nvcc, [...flags, ...output], { encoding: 'utf8' });
        expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
        const spilled = [...stderr.matchAll(/(\d+) bytes spill stores/g)].map((match) => Number(match[1]));
        // Forward and the two halves of backward in five widths, delta and rotation.
        expect(spilled).toHaveLength(17);
        expect(Math.max(...spilled)).toBeLessThanOrEqual(most);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    1_800_000,
  );
}

(found ? test : test.skip)(
  'the rows of linear_logprob compile without spills',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'earsight-nvcc-'));
    try {
      const source = join(sources, '..', '..', 'linear_logprob', 'cuda', 'rows.cu');
      const target = 'arch=compute_90,code=sm_90';
      const flags = ['-std=c++20', '-O3', '-gencode', target, '-Werror', 'all-warnings', '-Xptxas', '-v'];
      const output = ['-c', source, '-o', join(folder, 'rows.o')];
      const { status, stderr } = spawnSync(nvcc, [...flags, ...output], { encoding: 'utf8' });
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      // Statistics, and gradients in three dtypes.
      const spilled = [...stderr.matchAll(/(\d+) bytes spill stores/g)].map((match) => Number(match[1]));
      expect(spilled).toEqual([0, 0, 0, 0]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  1_800_000,
);
