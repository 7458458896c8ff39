// An adapter in a training: which parts of the model it changes, and what a checkpoint says of it and of the model that it belongs to.

import { createHash } from 'node:crypto';
import { adapterConfig, type ModelGraph } from '../models/index.js';
import { scope, type Tensor, torch } from '../tensor/index.js';
import { type GraphPart, graphParts } from './config.js';

/** Plain JSON. */
export interface AdapterRecord {
  /** As adapter_config.json has them. */
  options: Record<string, unknown>;
  /** Name of each weight of the adapter, and its shape. */
  weights: Record<string, number[]>;
  base: BaseRecord;
}

/** The model without the adapter, which checkpoints do not hold. */
interface BaseRecord {
  /** The folder that it was read from; null: it was made in memory. */
  folder: string | null;
  sha256: string;
}

/** What belongs to a part that the graph has. */
interface PartParameters {
  own: Tensor[];
  /** Of the adapter: updates of its layers, and parameters that are trained whole. */
  adapter: Tensor[];
}

/** Parameters of the parts that the graph has, as it is now. */
export function ownParts(graph: ModelGraph): Partial<Record<GraphPart, Tensor[]>> {
  const aligner = graph.aligner?.() ?? [];
  const towers = graph.towers();
  const others = new Set(Object.values(towers).flat());
  for (const [, tensor] of graph.adapter?.namedParameters() ?? []) others.add(tensor);
  const text = graph.parameters().filter((parameter) => !others.has(parameter));
  return { ...towers, text, ...(aligner.length > 0 ? { aligner } : {}) };
}

export function partsOf(graph: ModelGraph): Partial<Record<GraphPart, PartParameters>> {
  const { adapter } = graph;
  const own = adapter ? adapter.without(() => ownParts(graph)) : ownParts(graph);
  const updates = adapter?.namedParameters() ?? [];
  const names = graph.namedParameters();
  const parts = graphParts.flatMap((part) => {
    const parameters = own[part];
    if (parameters === undefined) return [];
    const ofPart = new Set(parameters);
    const modules = new Set<string>();
    for (const [name, tensor] of names) if (ofPart.has(tensor)) modules.add(moduleOf(name));
    const adapted = updates.filter(([name]) => [...modules].some((module) => name.startsWith(`${module}.`)));
    return [[part, { own: parameters, adapter: adapted.map(([, tensor]) => tensor) }] as const];
  });
  return Object.fromEntries(parts);
}

const moduleOf = (parameter: string): string => parameter.slice(0, parameter.lastIndexOf('.'));

/** Undefined: all weights of the model are in the checkpoint. */
export function adapterRecord(graph: ModelGraph): AdapterRecord | undefined {
  const { adapter } = graph;
  if (!adapter) return undefined;
  const weights = adapter.namedParameters().map(([name, { shape }]) => [name, [...shape]]);
  return {
    options: adapterConfig(adapter),
    weights: Object.fromEntries(weights),
    base: { folder: graph.source ?? null, sha256: fingerprint(graph) },
  };
}

/** Values of each weight that are hashed: a training changes all of them, and large models would take minutes. */
const hashedValues = 1024;

function fingerprint(graph: ModelGraph): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([graph.modelType, graph.config]));
  for (const [name, weight] of Object.entries(graph.stateDict())) {
    hash.update(JSON.stringify([name, weight.dtype, weight.shape]));
    scope(() => {
      const count = weight.numel();
      const values = weight.detach().reshape([count]);
      const step = Math.max(1, Math.ceil(count / hashedValues));
      const chosen = torch.arange(0, count, step, { dtype: 'int64', device: weight.device });
      hash.update(Float64Array.from(values.indexSelect(0, chosen).to('float64').toArray() as number[]));
    });
  }
  return hash.digest('hex');
}
