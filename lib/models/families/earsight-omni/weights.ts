/** A model on disk: a folder with config.json and model.safetensors. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileError, readJsonObject, shown } from '../../../runtime/index.js';
import { scope, torch } from '../../../tensor/index.js';
import { parseOmniConfig } from './config.js';
import { OmniGraph } from './graph.js';
import { parameterCount } from './parameter-count.js';

const modelType = 'earsight_omni';

/** Writes configuration and weights into `folder`, which is made if it is missing. */
export function saveGraph(graph: OmniGraph, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const config = { model_type: modelType, ...graph.config };
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  scope(() => torch.save(graph.stateDict(), join(folder, 'model.safetensors'), { format: 'pt' }));
}

/**
 * Reads a folder that `saveGraph` wrote.
 * @throws FileError naming the file and what is wrong in it; SafetensorsError
 */
export function loadGraph(folder: string): OmniGraph {
  const file = join(folder, 'config.json');
  const { model_type, ...config } = readJsonObject(file);
  if (model_type !== modelType) {
    throw new FileError(file, `model_type ${shown(model_type)}; expected ${JSON.stringify(modelType)}`);
  }
  const parsed = parseOmniConfig(config, (problem) => new FileError(file, problem));
  return scope(() => {
    const weights = join(folder, 'model.safetensors');
    const stateDict = torch.load(weights);
    // A configuration of any size takes no time to write: what it describes is built only where its weights are there.
    const held = Object.values(stateDict).reduce((sum, tensor) => sum + tensor.numel(), 0);
    const described = parameterCount(parsed);
    if (held !== described)
      throw new FileError(weights, `holds ${held} parameters; ${file} describes ${described}`);
    const graph = new OmniGraph(parsed);
    graph.loadStateDict(stateDict);
    return graph;
  });
}
