/** Copies of graphs. */
import { withFactory } from '../nn/index.js';
import { scope } from '../tensor/index.js';
import type { ModelGraph } from './graph.js';

/**
 * A copy of a graph's weights in a second graph of the same configuration.
 * @param build makes that graph; it is called with `meta` as the device, so that no weights are drawn
 */
export function cloneGraph<G extends ModelGraph>(graph: G, build: () => G): G {
  const copy = withFactory({ device: 'meta' }, build);
  scope(() => {
    const weights = Object.entries(graph.stateDict()).map(([name, tensor]) => [name, tensor.clone()]);
    copy.loadStateDict(Object.fromEntries(weights), { assign: true });
  });
  return copy;
}
