/** The adapter of a model's graph, as methods of the model. */
import { type AdapterOptions, type AdapterReport, adaptable, type ModelGraph } from '../models/index.js';

export abstract class AdapterMethods {
  abstract readonly graph: ModelGraph;

  /** Adds LoRA updates to the graph, whose parameters alone are trained then; see `models.GraphModule`. */
  addAdapter(options: AdapterOptions = {}): AdapterReport {
    return adaptable(this.graph).addAdapter(options);
  }

  /** Writes the adapter as a folder of PEFT. */
  saveAdapter(folder: string): void {
    adaptable(this.graph).saveAdapter(folder);
  }

  /** Adds the adapter in a folder of PEFT. */
  loadAdapter(folder: string): AdapterReport {
    return adaptable(this.graph).loadAdapter(folder);
  }

  /** Calls `run`, in which the model is the base model alone; what an async function awaits in it, too. */
  withoutAdapter<T>(run: () => T): T {
    return adaptable(this.graph).withoutAdapter(run);
  }

  /** Writes the adapter into the base weights, and removes it. */
  mergeAdapter(): void {
    adaptable(this.graph).mergeAdapter();
  }

  /** Removes the adapter and frees it. */
  removeAdapter(): void {
    adaptable(this.graph).removeAdapter();
  }
}
