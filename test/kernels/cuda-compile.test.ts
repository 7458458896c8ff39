/**
 * Compiles the GPU kernels with nvcc for the targets of the build, which needs no GPU. Checks the assembler's report of
 * registers too: a kernel that keeps its sums in memory is several times slower.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nativeInfo } from '../../lib/runtime/index.js';

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

(found ? test : test.skip).each(['av_attention_cuda', 'cuda_graph', 'linear_logprob_cuda'])(
  '%s.cpp, which launches kernels for torch, compiles with the headers of the libtorch in use',
  (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'earsight-nvcc-'));
    try {
      // A libtorch without CUDA has all of the headers but this one, which its build writes.
      const macros = join(folder, 'c10', 'cuda', 'impl', 'cuda_cmake_macros.h');
      mkdirSync(dirname(macros), { recursive: true });
      writeFileSync(macros, '#pragma once\n#define C10_CUDA_BUILD_SHARED_LIBS\n');
      const headers = join(nativeInfo().libtorch.root, 'include');
      const includes = [folder, headers, join(headers, 'torch', 'csrc', 'api', 'include')];
      const flags = [
        ...['-std=c++20', '-DEARSIGHT_CUDA=1', '-Xcompiler', '-fsyntax-only,-Wall,-Werror,-fopenmp'],
        ...includes.flatMap((it) => ['-isystem', it]),
      ];
      const source = join(__dirname, '..', '..', 'native', 'ops', `${name}.cpp`);
      const output = ['-c', source, '-o', join(folder, 'object.o')];
      const { status, stderr } = spawnSync(nvcc, [...flags, ...output], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  600_000,
);
