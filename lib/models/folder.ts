/** A model on disk: a folder with config.json and model.safetensors. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonFile } from '../runtime/index.js';
import { scope, torch } from '../tensor/index.js';
import { parseOmniConfig } from './config.js';
import { OmniGraph } from './omni.js';

const modelType = 'earsight_omni';

/** Writes configuration and weights into `folder`, which is made if it is missing. */
export function saveGraph(graph: OmniGraph, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const config = { model_type: modelType, ...graph.config };
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  scope(() => torch.save(graph.stateDict(), join(folder, 'model.safetensors'), { format: 'pt' }));
}

/** Reads a folder that `saveGraph` wrote. @throws Error naming the file and what is wrong in it */
export function loadGraph(folder: string): OmniGraph {
  const file = join(folder, 'config.json');
  const { model_type, ...config } = readJsonFile(file) as { model_type?: unknown };
  if (model_type !== modelType) {
    throw new Error(
      `${file}: model_type ${JSON.stringify(model_type)}; expected ${JSON.stringify(modelType)}`,
    );
  }
  const graph = new OmniGraph(parseOmniConfig(config, file));
  scope(() => graph.loadStateDict(torch.load(join(folder, 'model.safetensors'))));
  return graph;
}
