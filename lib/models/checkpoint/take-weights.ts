/** Tensors for a graph from the mapped weights of a folder. */

import { FileError } from '../../runtime/index.js';
import { bytesInFile, type Device, type DType, type StateDict, type Tensor } from '../../tensor/index.js';
import { gib, memoryBytes } from '../memory.js';
import type { StoredTensor, StoredWeights } from './shards.js';

/** Smaller tensors are copied: together they are little, and a copy is aligned as if it had been computed. */
const leastMapped = 2 ** 20;

interface Target {
  /** Of the floating-point weights. */
  dtype: DType;
  device: Device;
  onProgress?: (done: number, total: number) => void;
}

/**
 * A weight of another dtype or on another device is a copy, made one at a time; the pages of its source are given back. All
 * others are the mapped tensors themselves.
 * @returns tensors by the graph's names @throws FileError when the copies would not fit this machine's memory
 */
export function takeWeights({ file, tensors }: StoredWeights, target: Target): StateDict {
  checkCopiesFit(file, [...tensors.values()], target);
  // A copy and its source are in memory together: the largest ones when the least of the others is.
  const ordered = [...tensors].sort(([, a], [, b]) => bytesInFile(b.tensor) - bytesInFile(a.tensor));
  const total = ordered.reduce((sum, [, { tensor }]) => sum + bytesInFile(tensor), 0);
  let done = 0;
  const weights = ordered.map(([name, { tensor }]) => {
    done += bytesInFile(tensor);
    const weight = isMapped(tensor, target)
      ? tensor
      : tensor.to({ dtype: dtypeOf(tensor, target), device: target.device, copy: true });
    if (weight !== tensor) tensor.dispose();
    target.onProgress?.(done, total);
    return [name, weight] as const;
  });
  return Object.fromEntries(weights);
}

const dtypeOf = (tensor: Tensor, { dtype }: Target): DType =>
  tensor.isFloatingPoint() ? dtype : tensor.dtype;

function isMapped(tensor: Tensor, target: Target): boolean {
  const isSame = target.device === 'cpu' && dtypeOf(tensor, target) === tensor.dtype;
  return isSame && bytesInFile(tensor) >= leastMapped;
}

function checkCopiesFit(file: string, stored: StoredTensor[], target: Target): void {
  if (target.device !== 'cpu') return;
  const copied = stored.filter(({ tensor }) => !isMapped(tensor, target));
  const bytes = copied.reduce(
    (sum, { tensor }) => sum + bytesInFile({ shape: tensor.shape, dtype: dtypeOf(tensor, target) }),
    0,
  );
  const memory = memoryBytes();
  // Not so for NaN either, the size in a dtype that no file can hold.
  if (!(bytes > memory)) return;
  const dtypes = [...new Set(copied.map(({ tensor }) => tensor.dtype))].join(' and ');
  throw new FileError(
    file,
    `the weights take ${gib(bytes)} in ${target.dtype}; this machine has ${gib(memory)}. They are stored in ${dtypes}: ` +
      'in that dtype they are mapped instead',
  );
}
