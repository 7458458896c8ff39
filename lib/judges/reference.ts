/** The frozen model whose likelihoods a judge goes by. */
import type { ModelGraph } from '../models/index.js';

export class Reference {
  private readonly model: { readonly graph: ModelGraph };
  private readonly given: { readonly graph: ModelGraph } | undefined;
  private copy: ModelGraph | null = null;

  constructor(model: { readonly graph: ModelGraph }, given?: { readonly graph: ModelGraph }) {
    this.model = model;
    this.given = given;
  }

  /** Calls `run` with the given graph, else with the model's own without its adapter, else with a copy that is made once. */
  run<T>(run: (graph: ModelGraph) => T): T {
    if (this.given !== undefined) return run(this.given.graph);
    const { graph } = this.model;
    if (graph.adapter) return graph.adapter.without(() => run(graph));
    this.copy ??= graph.clone().requiresGrad_(false).eval();
    return run(this.copy);
  }

  dispose(): void {
    this.copy?.dispose();
    this.copy = null;
  }
}
