// The reference model of the KL penalty: the weights from which the training started, frozen. They are written beside
// the checkpoints once, so that a resumed training is held to the same start and not to its own checkpoint.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PackItem } from '../batch/index.js';
import { OmniGraph } from '../models/index.js';
import { noGrad, scope, type Tensor, torch } from '../tensor/index.js';
import { completionLogprobs } from './forward.js';

export function referenceFile(outputDir: string): string {
  return join(outputDir, 'reference.safetensors');
}

export class ReferenceModel {
  readonly #graph: OmniGraph;

  private constructor(graph: OmniGraph) {
    this.#graph = graph;
  }

  /** A frozen copy of `graph`, or of the weights with which the training of a checkpoint started. */
  static open(graph: OmniGraph, resumeFrom?: string): ReferenceModel {
    const { device, dtype } = graph.headWeight;
    const copy = new OmniGraph(graph.config).to({ device, dtype }).requiresGrad_(false).eval();
    scope(() => copy.loadStateDict(resumeFrom === undefined ? graph.stateDict() : load(resumeFrom)));
    return new ReferenceModel(copy);
  }

  /** Unless it is there from before a resume. */
  save(outputDir: string): void {
    const file = referenceFile(outputDir);
    if (!existsSync(file)) scope(() => torch.save(this.#graph.stateDict(), file));
  }

  /** fp32 [N], see completionLogprobs. */
  logprobs(items: readonly PackItem[], temperature: number): Tensor {
    return scope(() => noGrad(() => completionLogprobs(this.#graph, items, { temperature }).logp));
  }

  dispose(): void {
    this.#graph.dispose();
  }
}

function load(resumeFrom: string): Record<string, Tensor> {
  const file = referenceFile(dirname(resumeFrom));
  if (existsSync(file)) return torch.load(file);
  throw new Error(
    `resumeFrom: beta is not 0, but ${file} is missing: the KL penalty needs the weights with which the training ` +
      'started; keep it beside the checkpoints, or set beta to 0',
  );
}
