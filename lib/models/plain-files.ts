/** The plain format of a model's files: config.json, and model.safetensors with the weights under the graph's names. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StateDict, scope, torch } from '../tensor/index.js';
import type { ModelGraph } from './graph.js';

const fileName = 'model.safetensors';

export function readWeights(folder: string): { file: string; weights: StateDict } {
  const file = join(folder, fileName);
  return { file, weights: torch.load(file) };
}

export function save(graph: ModelGraph, folder: string): void {
  const config = { model_type: graph.modelType, ...graph.config };
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  scope(() => torch.save(graph.stateDict(), join(folder, fileName), { format: 'pt' }));
}
