/** A model on disk: a folder with config.json and weights, in its family's format. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFiles } from '../files/index.js';
import { withFactory } from '../nn/index.js';
import { FileError, readJsonObject } from '../runtime/index.js';
import {
  checkOption,
  checkOptions,
  type Device,
  type DType,
  kinds,
  oneOf,
  required,
  scope,
} from '../tensor/index.js';
import { isWeightFile } from './checkpoint/files.js';
import { type KeyMap, sameNames } from './checkpoint/key-map.js';
import { checkKeys } from './checkpoint/match.js';
import { readShards, type StoredWeights } from './checkpoint/shards.js';
import { parseSize } from './checkpoint/split.js';
import { takeWeights } from './checkpoint/take-weights.js';
import { settleHead } from './checkpoint/tied-head.js';
import { writeWeights } from './checkpoint/write-weights.js';
import { familyOf, listedFamily } from './families/index.js';
import type { ModelFamily } from './family.js';
import type { FamilyGraph, ModelGraph } from './graph.js';

const configFile = 'config.json';

export interface LoadGraphOptions {
  /** Of the floating-point weights. Default float32. */
  dtype?: DType;
  /** Default cpu. */
  device?: Device;
  /** Is called with the bytes of weights that are done, and all of them. */
  onProgress?: (done: number, total: number) => void;
  /** A folder of PEFT, whose adapter is added to the graph. */
  adapter?: string;
}

const loadKinds = {
  dtype: oneOf('float32', 'bfloat16', 'float16', 'float64'),
  device: kinds.device,
  onProgress: kinds.function,
  adapter: kinds.string,
};

/**
 * Reads a model's graph from a folder. Weights of the dtype that is asked for are mapped, not read: no other program may
 * write into their file while the graph lives (docs/memory.md).
 * @throws FileError naming the file and what is wrong in it; SafetensorsError
 */
export function loadGraph(folder: string, options: LoadGraphOptions = {}): FamilyGraph {
  checkOption('loadGraph', 'folder', folder, kinds.string);
  checkOptions('loadGraph', options, loadKinds);
  const { adapter, ...base } = options;
  const graph = loadBase(folder, base);
  try {
    if (adapter !== undefined) graph.loadAdapter(adapter);
  } catch (error) {
    graph.dispose();
    throw error;
  }
  return graph;
}

function loadBase(folder: string, options: Omit<LoadGraphOptions, 'adapter'>): FamilyGraph {
  const { dtype = 'float32', device = 'cpu', onProgress } = options;
  const { family, config: described } = readConfig(folder);
  return scope(() => {
    const stored = readShards(folder, family.keys);
    const config = settleHead(stored, described, family.tiedHead(described));
    checkSize(folder, stored, family.parameterCount(config));
    const graph = withFactory({ device: 'meta' }, () => family.build(config));
    checkKeys(stored, graph.stateDict(), { keys: family.keys, source: join(folder, configFile) });
    graph.loadStateDict(takeWeights(stored, { dtype, device, onProgress }), { assign: true });
    graph.source = folder;
    graph.eval();
    return graph;
  });
}

export interface SaveGraphOptions {
  /** Most bytes of a file of weights, or a size like '5GB'. Default '50GB'. */
  maxShardSize?: number | string;
  /** Further files of the model, which take the places of old ones together with the graph's. */
  also?: {
    /** Makes them in a folder. */
    write: (folder: string) => void;
    replaced: (name: string) => boolean;
  };
}

const saveKinds = { maxShardSize: kinds.passedOn, also: kinds.object };
const alsoKinds = { write: required(kinds.function), replaced: required(kinds.function) };

/**
 * Writes configuration and weights into `folder`, which is made if it is missing. The files of an earlier model there are
 * replaced, its shards included; others stay. A program that is killed leaves the old model, the new one, or a folder without
 * config.json.
 * @throws Error when the graph has an adapter, which the folder would lack; in `withoutAdapter` the base model is written
 */
export function saveGraph(graph: ModelGraph, folder: string, options: SaveGraphOptions = {}): void {
  checkOptions('saveGraph', options, saveKinds);
  const { maxShardSize = '50GB', also } = options;
  if (also !== undefined) checkOptions('saveGraph: also', also, alsoKinds);
  const bytes = parseSize('saveGraph: maxShardSize', maxShardSize);
  if (graph.adapter?.isActive) {
    throw new Error(
      'the model has an adapter, which its folder would lack: call saveAdapter(folder) to write the adapter alone, ' +
        'mergeAdapter() first to write weights that contain it, or save in withoutAdapter(() => ...) to write the base model',
    );
  }
  const together = {
    marker: configFile,
    replaced: (name: string) => isWeightFile(name) || also?.replaced(name) === true,
  };
  replaceFiles(folder, together, (partial) => {
    const weightFields = listedFamily(graph.modelType)?.weightFields?.(graph.headWeight.dtype);
    const config = { model_type: graph.modelType, ...graph.config, ...weightFields };
    writeFileSync(join(partial, configFile), `${JSON.stringify(config, null, 2)}\n`);
    const keys = keysOf(graph);
    scope(() => {
      const weights = Object.entries(graph.stateDict()).map(([name, tensor]) => [keys.toFile(name), tensor]);
      writeWeights(partial, Object.fromEntries(weights), bytes);
    });
    also?.write(partial);
  });
}

/** Copies the weights that `saveGraph` wrote into a graph of the same configuration. @throws FileError, SafetensorsError */
export function loadWeights(graph: ModelGraph, folder: string): void {
  scope(() => {
    const keys = keysOf(graph);
    const stored = readShards(folder, keys);
    checkKeys(stored, graph.stateDict(), { keys, source: "the graph's configuration" });
    const weights = [...stored.tensors].map(([name, { tensor }]) => [name, tensor]);
    graph.loadStateDict(Object.fromEntries(weights));
  });
}

function keysOf({ modelType }: ModelGraph): KeyMap {
  return listedFamily(modelType)?.keys ?? sameNames;
}

/** The configuration in a folder, checked and with its defaults. @throws FileError */
export function readModelConfig(folder: string): { modelType: string; config: object } {
  const { modelType, config } = readConfig(folder);
  return { modelType, config };
}

function readConfig(folder: string): { family: ModelFamily; modelType: string; config: object } {
  const file = join(folder, configFile);
  const fail = (problem: string): Error => new FileError(file, problem);
  const json = readJsonObject(file);
  // A file always names its type: null, unlike undefined, stands for no family.
  const { model_type: modelType = null } = json;
  const family = familyOf(modelType, fail);
  return { family, modelType: modelType as string, config: family.parseConfig(json, fail) };
}

/**
 * A configuration may describe a model of any size. One that is near to the weights is built on `meta`, so that keys can be
 * named; that takes time for each layer.
 */
function checkSize(folder: string, { file, tensors }: StoredWeights, described: number): void {
  const held = [...tensors.values()].reduce((sum, { tensor }) => sum + tensor.numel(), 0);
  if (described <= 1000 * (held + 1)) return;
  throw new FileError(file, `holds ${held} parameters; ${join(folder, configFile)} describes ${described}`);
}
