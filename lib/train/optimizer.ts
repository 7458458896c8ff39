// The optimizers of a training as one: AdamW for all parameters, or Muon for the weights of hidden layers and
// AdamW for the rest (embeddings, output head, norms, biases). Each has a group that is decayed and one that is not.

import type { ModelGraph } from '../models/index.js';
import { optim } from '../nn/index.js';
import type { Tensor } from '../tensor/index.js';
import type { TrainingConfig } from './config.js';
import type { Policy } from './policy.js';
import { decayed } from './weight-decay.js';

export interface OptimizerState {
  state: Record<string, Tensor>;
  paramGroups: OptimizerGroup[];
}
type OptimizerGroup = { lr: number; initialLr: number; params: number[] } & Record<string, unknown>;
/** What the parts share, whatever their options. */
type Part = optim.Optimizer<{ lr: number }>;

export class TrainingOptimizer {
  readonly #parts: Part[];

  constructor(policy: Policy, config: TrainingConfig) {
    const trainable = policy.trainable();
    const { learningRate: lr, muonLearningRate } = config;
    const head = policy.model.head?.namedParameters() ?? [];
    const isDecayed = decayed(policy.graph, head);
    const groups = (parameters: Tensor[]) =>
      [
        { params: parameters.filter(isDecayed), weightDecay: config.weightDecay },
        { params: parameters.filter((parameter) => !isDecayed(parameter)), weightDecay: 0 },
      ].filter(({ params }) => params.length > 0);
    const isHidden = config.optim === 'muon' ? hiddenWeights(policy.graph, head) : () => false;
    const rest = trainable.filter((parameter) => !isHidden(parameter));
    const weights = trainable.filter(isHidden);
    const parts: Part[] = [];
    if (rest.length > 0) {
      const betas: [number, number] = [config.adamBeta1, config.adamBeta2];
      parts.push(new optim.AdamW(groups(rest), { lr, betas, eps: config.adamEpsilon }));
    }
    if (weights.length > 0) {
      // 'match_rms_adamw': learning rates and weight decay are of AdamW's size.
      const options = { lr: muonLearningRate ?? lr, adjustLrFn: 'match_rms_adamw' as const };
      parts.push(new optim.Muon(groups(weights), options));
    }
    this.#parts = parts;
  }

  step(): void {
    for (const part of this.#parts) part.step();
  }

  zeroGrad(): void {
    for (const part of this.#parts) part.zeroGrad();
  }

  /** Sets the learning rate to `factor` times the configured one. */
  scaleLr(factor: number): void {
    for (const part of this.#parts) part.scaleLr(factor);
  }

  /** Parameters are numbered through all parts in order; the tensors share memory with the optimizer. */
  stateDict(): OptimizerState {
    const merged: OptimizerState = { state: {}, paramGroups: [] };
    let first = 0;
    for (const part of this.#parts) {
      const { state, paramGroups } = part.stateDict();
      for (const [key, tensor] of Object.entries(state)) merged.state[renumbered(key, first)] = tensor;
      for (const group of paramGroups)
        merged.paramGroups.push({ ...group, params: group.params.map((index) => index + first) });
      first += parametersOf(part);
    }
    return merged;
  }

  /**
   * Takes over the state of the parameters. Options stay those of the config: a learning rate that was changed is the one
   * that trains.
   * @throws Error when the state belongs to other parameters or another `optim`
   */
  loadStateDict({ state, paramGroups }: OptimizerState): void {
    const groups = this.#parts.reduce((sum, part) => sum + part.paramGroups.length, 0);
    if (paramGroups.length !== groups) {
      throw new Error(
        `optimizer state has ${paramGroups.length} groups of parameters, expected ${groups}: was it saved under another 'optim'?`,
      );
    }
    const count = this.#parts.reduce((sum, part) => sum + parametersOf(part), 0);
    const stray = Object.keys(state).find((key) => !(Number.parseInt(key, 10) < count));
    if (stray !== undefined) throw new Error(`optimizer state has the unknown key ${stray}`);
    let first = 0;
    let firstGroup = 0;
    for (const part of this.#parts) {
      const next = first + parametersOf(part);
      const own = Object.entries(state).filter(([key]) => {
        const index = Number.parseInt(key, 10);
        return index >= first && index < next;
      });
      const slice = paramGroups.slice(firstGroup, firstGroup + part.paramGroups.length);
      part.loadStateDict({
        state: Object.fromEntries(own.map(([key, tensor]) => [renumbered(key, -first), tensor])),
        paramGroups: part.paramGroups.map((group, i) => ({ ...group, params: slice[i].params })),
      });
      first = next;
      firstGroup += part.paramGroups.length;
    }
  }

  dispose(): void {
    for (const part of this.#parts) part.dispose();
  }
}

/** Whether a parameter is a weight of a hidden layer: two dimensions or more, neither embedding nor output head. */
function hiddenWeights(
  graph: ModelGraph,
  head: readonly (readonly [string, Tensor])[],
): (parameter: Tensor) => boolean {
  const others = new Set([
    graph.headWeight,
    ...graph.embeddings(),
    ...head.map(([, parameter]) => parameter),
  ]);
  return (parameter) => parameter.dim() >= 2 && !others.has(parameter);
}

function parametersOf(part: Part): number {
  return part.paramGroups.reduce((sum, { params }) => sum + params.length, 0);
}

/** `12.exp_avg` -> `3.exp_avg` for an offset of -9. */
function renumbered(key: string, offset: number): string {
  return key.replace(/^\d+/, (index) => String(Number(index) + offset));
}
