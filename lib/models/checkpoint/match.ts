/** Weights of a folder held against those of a graph, by name, shape and kind of dtype. */
import { basename } from 'node:path';
import { FileError, someOf } from '../../runtime/index.js';
import type { StateDict, Tensor } from '../../tensor/index.js';
import type { KeyMap } from './key-map.js';
import type { StoredTensor, StoredWeights } from './shards.js';

/**
 * @param own weights of the graph; those on `meta` do as well
 * @param source what says which weights the graph has, for messages
 * @throws FileError
 */
export function checkKeys(
  { file, tensors }: StoredWeights,
  own: StateDict,
  { keys, source }: { keys: KeyMap; source: string },
): void {
  const nameOf = (stored: StoredTensor) =>
    stored.file === file ? stored.name : `${stored.name} in ${basename(stored.file)}`;
  const missing = Object.keys(own).filter((name) => !tensors.has(name));
  const surplus = [...tensors].filter(([name]) => !Object.hasOwn(own, name));
  const unfit = [...tensors].flatMap(([name, stored]) => {
    const problem = Object.hasOwn(own, name) ? mismatch(stored.tensor, own[name]) : null;
    return problem === null ? [] : [`${nameOf(stored)} has ${problem}`];
  });
  const problems = [
    ...(unfit.length > 0 ? [someOf(unfit)] : []),
    ...(missing.length > 0 ? [`missing keys: ${someOf(missing.map((name) => keys.toFile(name)))}`] : []),
    ...(surplus.length > 0 ? [`unknown keys: ${someOf(surplus.map(([, stored]) => nameOf(stored)))}`] : []),
  ];
  if (problems.length === 0) return;
  throw new FileError(file, `not the weights that ${source} describes: ${problems.join('; ')}`);
}

function mismatch(stored: Tensor, own: Tensor): string | null {
  if (stored.shape.join() !== own.shape.join()) return `shape [${stored.shape}], expected [${own.shape}]`;
  // What is quantised has integers in the place of its weights.
  if (stored.isFloatingPoint() !== own.isFloatingPoint())
    return `dtype ${stored.dtype}, expected one like ${own.dtype}`;
  return null;
}
