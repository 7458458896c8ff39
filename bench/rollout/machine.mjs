// What the machine gives beside a row: bytes a second that threads read from memory, by a program that is compiled for it.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchmarkError } from '../python.mjs';

const source = new URL('./probe.cpp', import.meta.url).pathname;
/** Where the system does not tell the size of its last cache. */
const assumedCache = 32 << 20;

/** Bytes of the last-level cache. */
function lastCache() {
  for (const index of [3, 2]) {
    try {
      const text = readFileSync(`/sys/devices/system/cpu/cpu0/cache/index${index}/size`, 'utf8');
      return 1024 * Number(/^(\d+)K/.exec(text)[1]);
    } catch {}
  }
  return assumedCache;
}

/** A function that reads four times the last-level cache and gives bytes a second. */
export function readProbe(folder, threads) {
  const program = join(folder, 'probe');
  const compiler = process.env.CXX || 'c++';
  try {
    execFileSync(compiler, ['-O3', '-march=native', '-std=c++17', '-pthread', source, '-o', program]);
  } catch {
    throw new BenchmarkError(`rollout: ${compiler} does not compile the probe; CXX names another compiler`);
  }
  const args = [String(4 * lastCache()), String(threads)];
  return () => Number(execFileSync(program, args, { encoding: 'utf8' }));
}
