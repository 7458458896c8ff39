/** Weights in a folder: one file, or shards that an index names. Files are mapped: nothing is read before it is used. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FileError, readJsonObject, shown } from '../../runtime/index.js';
import { type StateDict, type Tensor, torch } from '../../tensor/index.js';
import { indexFile, singleFile } from './files.js';
import type { KeyMap } from './key-map.js';

export interface StoredTensor {
  readonly tensor: Tensor;
  /** In its file. */
  readonly name: string;
  readonly file: string;
}

export interface StoredWeights {
  /** The file with all weights, or the index of the shards. */
  readonly file: string;
  /** By the graph's names. What the graph has no use for is left out. */
  readonly tensors: Map<string, StoredTensor>;
}

export function readShards(folder: string, keys: KeyMap): StoredWeights {
  const single = join(folder, singleFile);
  const index = join(folder, indexFile);
  if (existsSync(single) || !existsSync(index)) {
    refusePyTorchFolder(folder, single);
    return { file: single, tensors: collect(single, [[single, torch.load(single)]], keys) };
  }
  const places = readIndex(index);
  const files = [...new Set(places.values())].map((name): [string, StateDict] => {
    const file = join(folder, name);
    if (!existsSync(file)) throw new FileError(index, `names ${name}, which is not in the folder`);
    return [file, torch.load(file)];
  });
  for (const [file, weights] of files) {
    // Of a tensor that lies in two files the index decides.
    for (const name of Object.keys(weights))
      if (places.has(name) && places.get(name) !== basename(file)) delete weights[name];
  }
  const held = new Set(files.flatMap(([, weights]) => Object.keys(weights)));
  const absent = [...places].find(([name]) => !held.has(name));
  if (absent !== undefined) {
    throw new FileError(
      index,
      `places the tensor ${shown(absent[0])} in ${absent[1]}, which does not have it`,
    );
  }
  return { file: index, tensors: collect(index, files, keys) };
}

/** Name of a tensor -> name of its file. */
function readIndex(index: string): Map<string, string> {
  const { weight_map: places } = readJsonObject(index);
  if (typeof places !== 'object' || places === null || Array.isArray(places) || isEmpty(places)) {
    throw new FileError(
      index,
      `weight_map: expected an object of file names by tensor name, got ${shown(places)}`,
    );
  }
  return new Map(
    Object.entries(places).map(([name, file]) => {
      // A name with a folder in it could lead out of the model's folder.
      if (typeof file === 'string' && basename(file) === file && file.endsWith('.safetensors'))
        return [name, file];
      throw new FileError(
        index,
        `weight_map: ${shown(name)} is in ${shown(file)}; expected the name of a .safetensors file without a folder`,
      );
    }),
  );
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function collect(source: string, files: [string, StateDict][], keys: KeyMap): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [file, weights] of files) {
    for (const [name, tensor] of Object.entries(weights)) {
      const own = keys.toGraph(name);
      if (own === null) continue;
      const other = tensors.get(own);
      if (other !== undefined) {
        throw new FileError(source, `holds the same weight twice: as ${other.name} and as ${name}`);
      }
      tensors.set(own, { tensor, name, file });
    }
  }
  return tensors;
}

function refusePyTorchFolder(folder: string, file: string): void {
  const pickled = ['pytorch_model.bin', 'pytorch_model.bin.index.json'].find((name) =>
    existsSync(join(folder, name)),
  );
  if (existsSync(file) || pickled === undefined) return;
  throw new FileError(
    join(folder, pickled),
    `weights in PyTorch's own format, which can run code when loaded; expected ${singleFile}. Convert the folder in Python: ` +
      'AutoModel.from_pretrained(folder).save_pretrained(other_folder)',
  );
}
