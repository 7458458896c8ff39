/** Which weights stand in which file of a folder, as huggingface_hub splits them. */
import { shown } from '../../runtime/index.js';
import { bytesInFile, type StateDict } from '../../tensor/index.js';
import { shardFile, singleFile } from './files.js';

interface Split {
  /** Name of a file -> its weights. */
  files: Map<string, StateDict>;
  /** Bytes of all weights. */
  totalSize: number;
}

const units: Record<string, number> = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes of a size like `5GB`. @throws TypeError */
export function parseSize(what: string, size: number | string): number {
  const bytes = typeof size === 'string' ? bytesOf(size) : size;
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new TypeError(`${what}: expected bytes, or a size like '5GB' (KB, MB, GB, TB), got ${shown(size)}`);
}

function bytesOf(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]B)\s*$/i.exec(text);
  return match === null ? Number.NaN : Math.floor(Number(match[1]) * units[match[2].toUpperCase()]);
}

/**
 * In the order of the weights: one that would make a shard too large begins the next; one that is larger than a shard has a
 * shard of its own.
 */
export function splitWeights(weights: StateDict, maxShardSize: number): Split {
  const shards: StateDict[] = [];
  let current: StateDict = {};
  let size = 0;
  let totalSize = 0;
  for (const [name, tensor] of Object.entries(weights)) {
    const bytes = bytesInFile(tensor);
    totalSize += bytes;
    if (bytes > maxShardSize) {
      shards.push({ [name]: tensor });
      continue;
    }
    if (size + bytes > maxShardSize) {
      shards.push(current);
      [current, size] = [{}, 0];
    }
    current[name] = tensor;
    size += bytes;
  }
  if (Object.keys(current).length > 0 || shards.length === 0) shards.push(current);
  const nameOf = (i: number) => (shards.length === 1 ? singleFile : shardFile(i, shards.length));
  return { files: new Map(shards.map((shard, i) => [nameOf(i), shard])), totalSize };
}
