/** The engines of graphs. They live as long as their graph, or until it is disposed. */
import { type ModelGraph, whenDisposed } from '../models/index.js';
import { DecodeEngine } from './decode-engine.js';

/** A graph as it is, and its base model where the caller leaves the adapter out: both may be sampled at the same time. */
interface GraphEngines {
  whole?: DecodeEngine;
  base?: DecodeEngine;
}

const engines = new WeakMap<ModelGraph, GraphEngines>();

/** null: the graph is sampled through its modules. */
export function engineOf(graph: ModelGraph): DecodeEngine | null {
  const own = engines.get(graph) ?? newEngines(graph);
  const kind = graph.adapter?.isActive === false ? 'base' : 'whole';
  if ((graph.adapter ?? null) === null) retire(own, 'base');
  if (own[kind]?.fits(graph) === false) retire(own, kind);
  own[kind] ??= DecodeEngine.of(graph) ?? undefined;
  return own[kind] ?? null;
}

function newEngines(graph: ModelGraph): GraphEngines {
  const own: GraphEngines = {};
  engines.set(graph, own);
  whenDisposed(graph, () => {
    for (const kind of ['whole', 'base'] as const) {
      own[kind]?.close('the model was disposed');
      own[kind] = undefined;
    }
  });
  return own;
}

/** Frees what sampling holds for a graph once the calls under way have ended; the next call makes it anew. */
export function releaseEngines(graph: ModelGraph): void {
  const own = engines.get(graph);
  if (own === undefined) return;
  retire(own, 'whole');
  retire(own, 'base');
}

function retire(own: GraphEngines, kind: keyof GraphEngines): void {
  own[kind]?.retire();
  own[kind] = undefined;
}
