// The reference of KL penalties and log-ratios: with an adapter the same model without it, else the weights from which the
// training started, frozen. These are written beside the checkpoints once, so that a resumed training is held to the same
// start and not to its own checkpoint.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EncodedTracks, TokenTree } from '../batch/index.js';
import type { ModelGraph } from '../models/index.js';
import type { LoraAdapter } from '../nn/index.js';
import { noGrad, scope, type Tensor, torch } from '../tensor/index.js';
import { towerParts } from './adapter.js';
import { type Tower, towers } from './config.js';
import { completionLogprobs, type TrackCounts } from './forward.js';
import { tracksOf } from './media.js';

interface Scoring {
  temperature: number;
  /** Tokens of tracks that the policy made. */
  encoded: EncodedTracks;
}

/** What the policy is compared with. */
export interface Reference {
  /**
   * fp32 [N], see completionLogprobs.
   * @param count hears how many tracks passed the towers of the reference
   */
  logprobs(trees: readonly TokenTree[], options: Scoring, count: (passed: TrackCounts) => void): Tensor;
  /** Writes beside the checkpoints what they do not hold, unless it is there from before a resume. */
  save(outputDir: string): void;
  dispose(): void;
}

export function referenceFile(outputDir: string): string {
  return join(outputDir, 'reference.safetensors');
}

/** A second graph with weights of its own, for policies that train the weights of the first. */
export class FrozenCopy implements Reference {
  readonly #graph: ModelGraph;

  /** Towers with the policy's weights: while the policy's are frozen, their tokens are the same. */
  readonly #sameTowers: readonly Tower[];

  private constructor(graph: ModelGraph, policy: ModelGraph) {
    this.#graph = graph;
    const [own, others] = [graph.towers(), policy.towers()];
    this.#sameTowers = towers.filter((tower) =>
      own[tower]?.every((parameter, i) => scope(() => parameter.equal(others[tower]?.[i] as Tensor))),
    );
  }

  /** A copy of `graph`, or of the weights with which the training of a checkpoint started. */
  static open(graph: ModelGraph, resumeFrom?: string): FrozenCopy {
    const copy = graph.clone().requiresGrad_(false).eval();
    if (resumeFrom !== undefined) scope(() => copy.loadStateDict(load(resumeFrom)));
    return new FrozenCopy(copy, graph);
  }

  save(outputDir: string): void {
    const file = referenceFile(outputDir);
    if (!existsSync(file)) scope(() => torch.save(this.#graph.stateDict(), file));
  }

  logprobs(trees: readonly TokenTree[], options: Scoring, count: (passed: TrackCounts) => void): Tensor {
    return scored(this.#graph, this.#sameTowers, trees, options, count);
  }

  dispose(): void {
    this.#graph.dispose();
  }
}

/** The policy's own graph without its adapter: no second copy of the weights. */
export class WithoutAdapter implements Reference {
  readonly #graph: ModelGraph;
  readonly #adapter: LoraAdapter;
  /** Towers of which the adapter changes nothing: their tokens are the policy's. */
  readonly #sameTowers: readonly Tower[];

  constructor(graph: ModelGraph, adapter: LoraAdapter) {
    this.#graph = graph;
    this.#adapter = adapter;
    const parts = towerParts(graph);
    this.#sameTowers = towers.filter((tower) => parts[tower]?.adapter.length === 0);
  }

  /** The base model is where the program has it. */
  save(): void {}

  logprobs(trees: readonly TokenTree[], options: Scoring, count: (passed: TrackCounts) => void): Tensor {
    const isTraining = this.#adapter.training;
    this.#graph.eval();
    try {
      return this.#adapter.without(() => scored(this.#graph, this.#sameTowers, trees, options, count));
    } finally {
      this.#graph.train(isTraining);
    }
  }

  dispose(): void {}
}

/** A pass without gradients. @param sameTowers those of the policy, whose tokens are taken */
function scored(
  graph: ModelGraph,
  sameTowers: readonly Tower[],
  trees: readonly TokenTree[],
  { temperature, encoded }: Scoring,
  count: (passed: TrackCounts) => void,
): Tensor {
  const options = { temperature, encoded: tracksOf({ tokens: encoded }, sameTowers) };
  return scope(() => {
    const { logp, passed } = noGrad(() => completionLogprobs(graph, trees, options));
    count(passed);
    return logp;
  });
}

function load(resumeFrom: string): Record<string, Tensor> {
  const file = referenceFile(dirname(resumeFrom));
  if (existsSync(file)) return torch.load(file);
  throw new Error(
    `resumeFrom: ${file} is missing: the loss compares the policy with the weights with which the training started; ` +
      'keep the file beside the checkpoints, or begin a new training (GRPO without a KL penalty, beta 0, needs none)',
  );
}
