// What our programs tell of their process and its machine.

import { readFileSync, writeFileSync } from 'node:fs';

const size = 1024;

/** Operations a second of a matrix product in each dtype. */
export function productRate(torch) {
  const rate = (dtype) => {
    const a = torch.randn([size, size]).to(dtype);
    const seconds = [1, 2, 3].map(() => {
      const start = performance.now();
      a.matmul(a).dispose();
      return (performance.now() - start) / 1e3;
    });
    a.dispose();
    return (2 * size ** 3) / Math.min(...seconds);
  };
  return { float32: rate('float32'), bfloat16: rate('bfloat16') };
}

/** Bytes that the process held at most since the last time that it was asked; null where the system does not tell. */
export function peak() {
  try {
    const [, kilobytes] = /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
    writeFileSync('/proc/self/clear_refs', '5'); // the high-water mark starts anew
    return 1024 * Number(kilobytes);
  } catch {
    return null;
  }
}
