// The policy: the model that a training updates, the parameters that it updates, and the reference that the KL penalty
// holds it to.

import { loadWeights, type ModelGraph } from '../models/index.js';
import type { TrainableModel } from './model.js';
import { FrozenCopy, type Reference } from './reference.js';

export interface PolicySettings {
  /** Whether the loss compares the policy with the weights from which the training started. */
  needsReference: boolean;
}

export class Policy {
  readonly model: TrainableModel;
  readonly reference: Reference | null;

  /** @param resumeFrom the checkpoint that the training continues: its reference is the one of that training */
  constructor(model: TrainableModel, { needsReference }: PolicySettings, resumeFrom?: string) {
    this.model = model;
    this.reference = needsReference ? FrozenCopy.open(model.graph, resumeFrom) : null;
  }

  get graph(): ModelGraph {
    return this.model.graph;
  }

  /** Writes the model into a checkpoint. */
  async save(folder: string): Promise<void> {
    await this.model.savePretrained(folder);
  }

  /** Takes over the weights of a checkpoint. @throws FileError */
  load(folder: string): void {
    loadWeights(this.graph, folder);
  }

  /** Frees what the training added; the model stays. */
  dispose(): void {
    this.reference?.dispose();
  }
}
