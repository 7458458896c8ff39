/** The engines of graphs. They live as long as their graph, or until it is disposed. */
import { type ModelGraph, whenDisposed } from '../models/index.js';
import { processWide, type SamplingStats } from '../runtime/index.js';
import { DecodeEngine } from './decode-engine.js';

/** A graph as it is, and its base model where the caller leaves the adapter out: both may be sampled at the same time. */
interface GraphEngines {
  whole?: DecodeEngine;
  base?: DecodeEngine;
}

const engines = new WeakMap<ModelGraph, GraphEngines>();

/** null: the graph is sampled through its modules, of which the first call warns. */
export function engineOf(graph: ModelGraph): DecodeEngine | null {
  const own = engines.get(graph) ?? newEngines(graph);
  const kind = kindOf(graph);
  if ((graph.adapter ?? null) === null) retire(own, 'base');
  if (own[kind]?.fits(graph) === false) retire(own, kind);
  const engine = own[kind] ?? DecodeEngine.of(graph);
  if (typeof engine === 'string') {
    warn(graph.modelType, engine);
    return null;
  }
  own[kind] = engine;
  return engine;
}

/** What sampling a graph took so far; null before its first call, and where it goes through the modules. */
export function samplingStats(graph: ModelGraph): SamplingStats | null {
  const engine = engines.get(graph)?.[kindOf(graph)];
  return engine?.isOpen ? engine.stats : null;
}

const kindOf = (graph: ModelGraph): keyof GraphEngines =>
  graph.adapter?.isActive === false ? 'base' : 'whole';

/** What was warned of in this process. */
const warned = processWide('moduleSampling', () => new Set<string>());

function warn(modelType: string, reason: string): void {
  const text = `a model (${modelType}) is sampled through its modules, which takes longer than the engine does: ${reason}`;
  if (warned.has(text)) return;
  warned.add(text);
  process.emitWarning(text, { type: 'EarsightWarning', code: 'EARSIGHT_MODULE_SAMPLING' });
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
