/** Weights of a published folder: one file, or shards that an index names. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FileError, readJsonObject } from '../runtime/index.js';
import { type StateDict, torch } from '../tensor/index.js';

const single = 'model.safetensors';

export function readShards(folder: string): { file: string; weights: StateDict } {
  const index = join(folder, `${single}.index.json`);
  if (existsSync(join(folder, single)) || !existsSync(index)) {
    const file = join(folder, single);
    return { file, weights: torch.load(file) };
  }
  const places = readJsonObject(index).weight_map as Record<string, unknown> | undefined;
  if (typeof places !== 'object' || places === null) {
    throw new FileError(index, 'weight_map: expected an object of file names by tensor name');
  }
  const weights: StateDict = {};
  for (const name of new Set(Object.values(places))) {
    // A name with a folder in it could lead out of the model's folder.
    if (typeof name !== 'string' || basename(name) !== name) {
      throw new FileError(
        index,
        `weight_map: ${JSON.stringify(name)}; expected a file name without a folder`,
      );
    }
    Object.assign(weights, torch.load(join(folder, name)));
  }
  const missing = Object.keys(places).filter((name) => !Object.hasOwn(weights, name));
  if (missing.length > 0) {
    throw new FileError(index, `names tensors that its files do not have: ${missing.slice(0, 8).join(', ')}`);
  }
  return { file: index, weights };
}
