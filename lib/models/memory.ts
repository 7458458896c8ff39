/** Whether a model fits this machine. */
import { totalmem } from 'node:os';
import { currentFactory } from '../nn/index.js';

/** Memory that this process can have at most. */
export function memoryBytes(): number {
  return Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
}

/**
 * On `meta` (`nn.withFactory`) all fit.
 * @throws RangeError when that many parameters in float32 would not fit this machine's memory
 */
export function checkFits(parameters: number): void {
  const memory = memoryBytes();
  if (4 * parameters <= memory || currentFactory().device === 'meta') return;
  throw new RangeError(
    `model config: ${parameters} parameters take ${gib(4 * parameters)} in float32; this machine has ${gib(memory)}`,
  );
}

export const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
