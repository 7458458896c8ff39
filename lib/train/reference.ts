// The reference of KL penalties and log-ratios: the model from which the training started, frozen. For an adapter that had
// changed nothing yet that is the model without it; for one that was trained before, the model with the weights that the
// adapter had (TRL keeps them as an adapter named 'ref'); else a copy of the model. What the checkpoints do not hold is
// written once, so that a resumed training is held to the same start and not to its own checkpoint.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EncodedTracks, TokenTree } from '../batch/index.js';
import { loadAdapterWeights, type ModelGraph, saveAdapter } from '../models/index.js';
import type { LoraAdapter } from '../nn/index.js';
import { noGrad, type StateDict, scope, type Tensor, torch } from '../tensor/index.js';
import { partsOf } from './adapter.js';
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
  /** Writes into a checkpoint what belongs to it. */
  saveInto(checkpoint: string): void;
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

  saveInto(): void {}

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
    const parts = partsOf(graph);
    this.#sameTowers = towers.filter((tower) => parts[tower]?.adapter.length === 0);
  }

  /** The base model is where the program has it. */
  save(): void {}

  saveInto(): void {}

  logprobs(trees: readonly TokenTree[], options: Scoring, count: (passed: TrackCounts) => void): Tensor {
    return evaluating(this.#graph, this.#adapter.training, () =>
      this.#adapter.without(() => scored(this.#graph, this.#sameTowers, trees, options, count)),
    );
  }

  dispose(): void {}
}

/** The policy's own graph with the weights that its adapter had: these are put in place for each pass. */
export class StartingAdapter implements Reference {
  readonly #graph: ModelGraph;
  readonly #adapter: LoraAdapter;
  readonly #weights: StateDict;

  private constructor(graph: ModelGraph, adapter: LoraAdapter, weights: StateDict) {
    this.#graph = graph;
    this.#adapter = adapter;
    this.#weights = weights;
  }

  /** With the adapter's weights as they are. */
  static begin(graph: ModelGraph, adapter: LoraAdapter): StartingAdapter {
    return new StartingAdapter(graph, adapter, adapter.copyWeights());
  }

  /** With those that a training began with; null: its reference is the model without the adapter. */
  static ofCheckpoint(checkpoint: string, graph: ModelGraph, adapter: LoraAdapter): StartingAdapter | null {
    const folder = join(checkpoint, startFolder);
    if (!existsSync(folder)) return null;
    return adapter.restoring(() => {
      loadAdapterWeights(adapter, folder);
      return StartingAdapter.begin(graph, adapter);
    });
  }

  save(): void {}

  saveInto(checkpoint: string): void {
    this.#started(() => saveAdapter(this.#adapter, join(checkpoint, startFolder), this.#graph.source));
  }

  logprobs(trees: readonly TokenTree[], options: Scoring, count: (passed: TrackCounts) => void): Tensor {
    // Tokens are given of frozen towers alone, which are as they were at the start.
    return evaluating(this.#graph, this.#adapter.training, () =>
      this.#started(() => scored(this.#graph, towers, trees, options, count)),
    );
  }

  dispose(): void {
    for (const tensor of Object.values(this.#weights)) tensor.dispose();
  }

  /** Calls `run` while the adapter has the weights of the start. */
  #started<T>(run: () => T): T {
    return this.#adapter.restoring(() => {
      this.#adapter.loadStateDict(this.#weights);
      return run();
    });
  }
}

/** Of a checkpoint: the adapter of the start, where PEFT has an adapter of this name. */
const startFolder = 'ref';

/** Nothing is dropped out in a pass of the reference. */
function evaluating<T>(graph: ModelGraph, isTraining: boolean, run: () => T): T {
  graph.eval();
  try {
    return run();
  } finally {
    graph.train(isTraining);
  }
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
