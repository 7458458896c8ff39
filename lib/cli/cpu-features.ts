/** What this machine's processor can do, as the system tells. */
import { readFileSync } from 'node:fs';

const wanted = /^(avx|avx2|fma|f16c|avx512\w*|avx_vnni|amx_\w+|neon|asimd\w*|sve\w*|bf16|i8mm)$/;

/** Vector and matrix extensions that kernels can use, from /proc/cpuinfo; empty on systems without one. */
export function cpuFeatures(): string[] {
  let text: string;
  try {
    text = readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return [];
  }
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text)?.[1] ?? '';
  return flags.split(/\s+/).filter((flag) => wanted.test(flag));
}

/** Whether products of bfloat16 matrices have instructions of their own; without them they are slower than float32. */
export function hasBf16Products(): boolean {
  return cpuFeatures().some((feature) => ['avx512_bf16', 'amx_bf16', 'bf16'].includes(feature));
}
