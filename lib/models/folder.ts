/** A model on disk: a folder with config.json and weights, in its family's format. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { withFactory } from '../nn/index.js';
import { FileError, readJsonObject } from '../runtime/index.js';
import { checkOptions, type Device, type DType, kinds, type StateDict, scope } from '../tensor/index.js';
import { familyOf, listedFamily } from './families/index.js';
import type { ModelFamily } from './family.js';
import type { FamilyGraph, ModelGraph } from './graph.js';
import * as plainFiles from './plain-files.js';

export interface LoadGraphOptions {
  /** Of the floating-point weights. Default float32. */
  dtype?: DType;
  /** Default cpu. */
  device?: Device;
}

const loadKinds = { dtype: kinds.passedOn, device: kinds.passedOn };

/**
 * Reads a model's graph from a folder.
 * @throws FileError naming the file and what is wrong in it; SafetensorsError
 */
export function loadGraph(folder: string, options: LoadGraphOptions = {}): FamilyGraph {
  checkOptions('loadGraph', options, loadKinds);
  const { dtype = 'float32', device = 'cpu' } = options;
  const { family, config } = readConfig(folder);
  return scope(() => {
    const weights = readWeights(folder, family, config);
    const graph = withFactory({ device: 'meta' }, () => family.build(config));
    const own = Object.entries(weights).map(([name, tensor]) => {
      const wanted = tensor.isFloatingPoint() ? dtype : tensor.dtype;
      // A copy: the file may change while the model lives.
      return [name, tensor.to({ dtype: wanted, device, copy: true })] as const;
    });
    graph.loadStateDict(Object.fromEntries(own), { assign: true });
    return graph;
  });
}

/** Of a graph's family, or of a graph that a program brought. */
function filesOf({ modelType }: ModelGraph): Pick<ModelFamily, 'readWeights' | 'save'> {
  return listedFamily(modelType) ?? plainFiles;
}

/** Writes configuration and weights into `folder`, which is made if it is missing. */
export function saveGraph(graph: ModelGraph, folder: string): void {
  mkdirSync(folder, { recursive: true });
  filesOf(graph).save(graph, folder);
}

/** Copies the weights that `saveGraph` wrote into a graph of the same configuration. @throws FileError, SafetensorsError */
export function loadWeights(graph: ModelGraph, folder: string): void {
  scope(() => {
    const { file, weights } = filesOf(graph).readWeights(folder, graph.config);
    try {
      graph.loadStateDict(weights);
    } catch (error) {
      throw new FileError(file, (error as Error).message);
    }
  });
}

/** The configuration in a folder, checked and with its defaults. @throws FileError */
export function readModelConfig(folder: string): { modelType: string; config: object } {
  const { modelType, config } = readConfig(folder);
  return { modelType, config };
}

function readConfig(folder: string): { family: ModelFamily; modelType: string; config: object } {
  const file = join(folder, 'config.json');
  const fail = (problem: string): Error => new FileError(file, problem);
  const json = readJsonObject(file);
  // A file always names its type: null, unlike undefined, stands for no family.
  const { model_type: modelType = null } = json;
  const family = familyOf(modelType, fail);
  return { family, modelType: modelType as string, config: family.parseConfig(json, fail) };
}

/** A configuration may describe a model of any size: it is built only if the folder has its weights. */
function readWeights(folder: string, family: ModelFamily, config: object): StateDict {
  const { file, weights } = family.readWeights(folder, config);
  const held = Object.values(weights).reduce((sum, tensor) => sum + tensor.numel(), 0);
  const described = family.parameterCount(config);
  if (held === described) return weights;
  throw new FileError(
    file,
    `holds ${held} parameters; ${join(folder, 'config.json')} describes ${described}`,
  );
}
