// Which parameters weight decay pulls towards 0: the rule of transformers' Trainer (get_decay_parameter_names).

import type { ModelGraph } from '../models/index.js';
import { LayerNorm } from '../nn/index.js';
import type { Tensor } from '../tensor/index.js';

/** In names of norms and biases. Others, embeddings and the output head too, are decayed. */
const sparedNames = [/bias/, /layernorm/, /rmsnorm/, /(?:^|\.)norm(?:$|\.)/, /_norm(?:$|\.)/];

/** Whether weight decay applies to a parameter of the graph, of its adapter or of a head beside it. */
export function decayed(
  graph: ModelGraph,
  head: readonly (readonly [string, Tensor])[] = [],
): (parameter: Tensor) => boolean {
  const spared = new Set<Tensor>();
  for (const module of graph.modules?.() ?? [])
    if (module instanceof LayerNorm) for (const parameter of module.parameters()) spared.add(parameter);
  for (const [name, parameter] of [...graph.namedParameters(), ...head])
    if (sparedNames.some((pattern) => pattern.test(name.toLowerCase()))) spared.add(parameter);
  return (parameter) => !spared.has(parameter);
}
