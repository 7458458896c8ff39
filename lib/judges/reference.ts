/**
 * The frozen model whose likelihoods a judge goes by: the one that it is given, else the judge's own as it is when the judge is
 * made. That is the model without its adapter where the adapter changes nothing yet, the model with the weights that the
 * adapter has then, or a copy of a model without one.
 */
import type { EncodedTracks } from '../batch/index.js';
import type { ModelGraph } from '../models/index.js';
import type { LoraAdapter } from '../nn/index.js';
import { type StateDict, scope } from '../tensor/index.js';

export class Reference {
  /** Of the tokens that frozen towers of the judge's own model have made, those that the frozen model would make too. */
  readonly same: (tokens: EncodedTracks) => EncodedTracks;
  /** Calls `use` with the frozen model. */
  readonly run: <T>(use: (graph: ModelGraph) => T) => T;
  readonly dispose: () => void;

  constructor({ graph }: { readonly graph: ModelGraph }, given?: { readonly graph: ModelGraph }) {
    const { adapter } = graph;
    this.same = (tokens) => tokens;
    if (given !== undefined) {
      this.run = (use) => use(given.graph);
      if (given.graph !== graph) this.same = (tokens) => ofEqualTowers(tokens, graph, given.graph);
      this.dispose = () => {};
    } else if (!adapter) {
      const copy = graph.clone().requiresGrad_(false).eval();
      this.run = (use) => use(copy);
      this.same = (tokens) => ofEqualTowers(tokens, graph, copy);
      this.dispose = () => copy.dispose();
    } else if (adapter.changesNothing()) {
      this.run = (use) => adapter.without(() => use(graph));
      this.dispose = () => {};
    } else {
      const weights = adapter.copyWeights();
      this.run = (use) => withWeights(adapter, weights, () => use(graph));
      this.dispose = () => {
        for (const tensor of Object.values(weights)) tensor.dispose();
      };
    }
  }
}

function ofEqualTowers(tokens: EncodedTracks, graph: ModelGraph, other: ModelGraph): EncodedTracks {
  const areEqual = (tower: 'vision' | 'audio'): boolean => {
    const [own = [], others = []] = [graph.towers()[tower], other.towers()[tower]];
    return scope(() => own.length === others.length && own.every((weight, i) => weight.equal(others[i])));
  };
  const equal = { vision: areEqual('vision'), audio: areEqual('audio') };
  return new Map([...tokens].filter(([track]) => equal['patches' in track ? 'vision' : 'audio']));
}

function withWeights<T>(adapter: LoraAdapter, weights: StateDict, run: () => T): T {
  return adapter.restoring(() => {
    adapter.loadStateDict(weights);
    return run();
  });
}
