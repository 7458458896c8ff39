/** What this machine's processor can do, as the system tells. */
import { readFileSync } from 'node:fs';

const wanted = /^(avx|avx2|fma|f16c|avx512\w*|avx_vnni|amx_\w+|neon|asimd\w*|sve\w*|bf16|i8mm)$/;

/** What each value of EARSIGHT_ISA leaves out. */
const beyond: Record<string, RegExp> = {
  portable: /^(avx|fma|f16c|amx)/,
  avx2: /^(avx512|amx)/,
  avx512: /^(avx512_bf16|avx512_fp16|amx)/,
  avx512_bf16: /^amx/,
};

/** Vector and matrix extensions that kernels can use, from /proc/cpuinfo; empty on systems without one. */
export function cpuFeatures(): string[] {
  try {
    return featuresIn(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return [];
  }
}

/** Those of the first processor that /proc/cpuinfo lists. */
export function featuresIn(cpuinfo: string): string[] {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  return flags.split(/\s+/).filter((flag) => wanted.test(flag));
}

/**
 * Whether products of bfloat16 matrices have instructions of their own; without them they are slower than float32.
 * `isa`: the set that kernels are held to, as EARSIGHT_ISA names it.
 */
export function hasBf16Products(features = cpuFeatures(), isa = process.env.EARSIGHT_ISA): boolean {
  const used = features.filter((feature) => !beyond[isa ?? '']?.test(feature));
  return used.some((feature) => ['avx512_bf16', 'amx_bf16', 'bf16'].includes(feature));
}
