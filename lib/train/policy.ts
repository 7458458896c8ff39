// The policy: the model that a training updates, the parameters that it updates, and the reference that the KL penalty
// compares it with.

import { loadAdapterWeights, loadWeights, type ModelGraph, saveAdapter } from '../models/index.js';
import type { LoraAdapter } from '../nn/index.js';
import type { Tensor } from '../tensor/index.js';
import { ownParts, partsOf } from './adapter.js';
import { ConfigError, type GraphPart, graphParts, type Tower, towers } from './config.js';
import type { TrainableModel } from './model.js';
import { FrozenCopy, type Reference, StartingAdapter, WithoutAdapter } from './reference.js';

interface PolicySettings {
  /** Parts that are not trained; the model has them (`checkFreeze`). */
  freeze: readonly GraphPart[];
  /** Whether the loss compares the policy with the model from which the training started. */
  needsReference: boolean;
}

export class Policy {
  readonly model: TrainableModel;
  readonly reference: Reference | null;
  /** That is trained in place of the model's weights; null: these are. */
  readonly #adapter: LoraAdapter | null;
  /** Parameters that were trainable before. */
  readonly #frozen: readonly Tensor[];

  /** @param resumeFrom the checkpoint that the training continues: its reference is the one of that training */
  constructor(model: TrainableModel, { freeze, needsReference }: PolicySettings, resumeFrom?: string) {
    this.model = model;
    const { graph } = model;
    this.#adapter = graph.adapter ?? null;
    // The weights are soon others than in the folder that they were read from.
    if (this.#adapter === null && graph.source) graph.source = null;
    this.reference = needsReference ? openReference(graph, resumeFrom) : null;
    this.#frozen = parametersIn(graph, freeze).filter(({ requiresGrad }) => requiresGrad);
    for (const parameter of this.#frozen) parameter.requiresGrad = false;
  }

  get graph(): ModelGraph {
    return this.model.graph;
  }

  /** That the optimizer updates: with an adapter its parameters alone, the others are frozen. */
  trainable(): Tensor[] {
    return [...this.graph.parameters(), ...headParameters(this.model)].filter(
      ({ requiresGrad }) => requiresGrad,
    );
  }

  /** That its parameters are on. */
  devices(): string[] {
    return [...new Set(this.graph.parameters().map(({ device }) => device))];
  }

  /** Towers of which nothing is trained: what they made of a clip stays valid. */
  frozenTowers(): Tower[] {
    const parts = partsOf(this.graph);
    return towers.filter((tower) => {
      const { own, adapter } = parts[tower] ?? {};
      return own !== undefined && [...own, ...(adapter ?? [])].every(({ requiresGrad }) => !requiresGrad);
    });
  }

  /** Calls `run` while the graph is in evaluation mode: nothing is dropped out. */
  async evaluating<T>(run: () => Promise<T>): Promise<T> {
    this.graph.eval();
    try {
      return await run();
    } finally {
      this.graph.train();
    }
  }

  /** Writes into a checkpoint what is trained: the model, or its adapter. */
  async save(folder: string): Promise<void> {
    if (this.#adapter === null) await this.model.savePretrained(folder);
    else {
      saveAdapter(this.#adapter, folder, this.graph.source);
      this.model.head?.save(folder);
    }
    this.reference?.saveInto(folder);
  }

  /** Takes over the weights of a checkpoint. @throws FileError */
  load(folder: string): void {
    if (this.#adapter === null) loadWeights(this.graph, folder);
    else loadAdapterWeights(this.#adapter, folder);
    this.model.head?.load(folder);
  }

  /** Frees what the training added, and makes trainable what it froze; the model stays. */
  dispose(): void {
    this.reference?.dispose();
    for (const parameter of this.#frozen) parameter.requiresGrad = true;
  }
}

/** Parameters of parts, and of what an adapter has there. */
function parametersIn(graph: ModelGraph, of: readonly GraphPart[]): Tensor[] {
  const parts = partsOf(graph);
  return of.flatMap((part) => [...(parts[part]?.own ?? []), ...(parts[part]?.adapter ?? [])]);
}

/** What a training with `freeze` updates. */
export function trainedParameters(graph: ModelGraph, freeze: readonly GraphPart[]): Tensor[] {
  const frozen = new Set(parametersIn(graph, freeze));
  return graph.parameters().filter((parameter) => parameter.requiresGrad && !frozen.has(parameter));
}

function openReference(graph: ModelGraph, resumeFrom?: string): Reference {
  const { adapter } = graph;
  if (!adapter) return FrozenCopy.open(graph, resumeFrom);
  if (resumeFrom !== undefined) {
    const start = StartingAdapter.ofCheckpoint(resumeFrom, graph, adapter);
    if (start !== null) return start;
  } else if (!adapter.changesNothing()) return StartingAdapter.begin(graph, adapter);
  return new WithoutAdapter(graph, adapter);
}

/** @throws ConfigError naming a part that the model has not */
export function checkFreeze({ graph }: TrainableModel, freeze: readonly GraphPart[]): void {
  if (freeze.length === 0) return;
  const parts = ownParts(graph);
  const missing = freeze.find((part) => parts[part] === undefined);
  if (missing === undefined) return;
  const there = graphParts.filter((part) => parts[part] !== undefined);
  const what = (towers as readonly string[]).includes(missing) ? `${missing} tower` : missing;
  throw new ConfigError(
    `freeze: this model has no ${what}${there.length > 0 ? `, only ${there.join(', ')}` : ''}; leave it out`,
    'freeze',
  );
}

function headParameters({ head }: TrainableModel): Tensor[] {
  return head?.namedParameters().map(([, parameter]) => parameter) ?? [];
}

/** @throws ConfigError where a training would change nothing */
export function checkTrainable(model: TrainableModel, freeze: readonly GraphPart[]): void {
  const { graph } = model;
  if (graph.adapter?.isActive === false)
    throw new ConfigError('model: its adapter takes no part in withoutAdapter(); train it outside', 'model');
  if (trainedParameters(graph, freeze).length + headParameters(model).length > 0) return;
  const fix = graph.adapter
    ? 'freeze and requiresGrad leave nothing of its adapter'
    : 'after an adapter was merged or removed, call graph.requiresGrad_() to train the weights';
  throw new ConfigError(`model: none of its parameters would be trained: ${fix}`, 'model');
}
