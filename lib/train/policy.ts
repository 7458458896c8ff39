// The policy: the model that a training updates, the parameters that it updates, and the reference that the KL penalty
// compares it with.

import { loadWeights, type ModelGraph } from '../models/index.js';
import type { Tensor } from '../tensor/index.js';
import { ConfigError, type Tower, towers } from './config.js';
import type { TrainableModel } from './model.js';
import { FrozenCopy, type Reference } from './reference.js';

export interface PolicySettings {
  /** Towers that are not trained; the model has them (`checkFreeze`). */
  freeze: readonly Tower[];
  /** Whether the loss compares the policy with the weights from which the training started. */
  needsReference: boolean;
}

export class Policy {
  readonly model: TrainableModel;
  /** Adapters will bring another: the same graph without its adapter. */
  readonly reference: Reference | null;
  /** Parameters that were trainable before. */
  readonly #frozen: readonly Tensor[];

  /** @param resumeFrom the checkpoint that the training continues: its reference is the one of that training */
  constructor(model: TrainableModel, { freeze, needsReference }: PolicySettings, resumeFrom?: string) {
    this.model = model;
    this.reference = needsReference ? FrozenCopy.open(model.graph, resumeFrom) : null;
    const parameters = freeze.flatMap((tower) => model.graph.towers()[tower] ?? []);
    this.#frozen = parameters.filter(({ requiresGrad }) => requiresGrad);
    for (const parameter of this.#frozen) parameter.requiresGrad = false;
  }

  get graph(): ModelGraph {
    return this.model.graph;
  }

  /** That the optimizer updates. */
  trainable(): Tensor[] {
    return this.graph.parameters().filter(({ requiresGrad }) => requiresGrad);
  }

  /** Towers of which nothing is trained: what they made of a clip stays valid. */
  frozenTowers(): Tower[] {
    const own = this.graph.towers();
    return towers.filter((tower) => own[tower]?.every(({ requiresGrad }) => !requiresGrad));
  }

  /** Writes the model into a checkpoint. */
  async save(folder: string): Promise<void> {
    await this.model.savePretrained(folder);
  }

  /** Takes over the weights of a checkpoint. @throws FileError */
  load(folder: string): void {
    loadWeights(this.graph, folder);
  }

  /** Frees what the training added, and makes trainable what it froze; the model stays. */
  dispose(): void {
    this.reference?.dispose();
    for (const parameter of this.#frozen) parameter.requiresGrad = true;
  }
}

/** @throws ConfigError naming a tower that the model has not */
export function checkFreeze({ graph }: TrainableModel, freeze: readonly Tower[]): void {
  if (freeze.length === 0) return;
  const own = graph.towers();
  const missing = freeze.find((tower) => own[tower] === undefined);
  if (missing === undefined) return;
  const there = towers.filter((tower) => own[tower] !== undefined);
  throw new ConfigError(
    `freeze: this model has no ${missing} tower${there.length > 0 ? `, only ${there.join(', ')}` : ''}; leave it out`,
    'freeze',
  );
}
