import type { FamilyGraph } from '../../lib/models/index.js';

/** A copy that is sampled through its modules. */
export function modulePath(graph: FamilyGraph): FamilyGraph {
  const copy = graph.clone();
  copy.decoder = () => null;
  return copy;
}
