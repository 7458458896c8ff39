/** One call of the sampler, as both of its ways take it. */
import type { NodeEnd, Prompt, TokenNode, TokenTree } from '../batch/index.js';
import type { SamplingParams } from '../data/index.js';
import { type ModelGraph, memoryBytes } from '../models/index.js';
import type { SamplerOptions } from './sampler-options.js';
import { newSequence, type Sequence } from './sequence.js';

export interface SampleTask {
  graph: ModelGraph;
  prompts: readonly Prompt[];
  params: SamplingParams;
  options: SamplerOptions;
  /** A prompt each, with what its completions continue, and the node after which they go on. */
  trees: readonly { tree: TokenTree; last: TokenNode }[];
  /** `numGenerations` a prompt, in their order, of a batch of the trees. @throws RangeError for a prompt without tokens */
  sequences(ends: ReadonlyMap<TokenNode, NodeEnd>): Sequence[];
}

export function sampleTask(
  graph: ModelGraph,
  prompts: readonly Prompt[],
  params: SamplingParams,
  options: SamplerOptions,
): SampleTask {
  const trees = prompts.map((prompt, i) => promptTree(prompt, options.prefixes?.[i]));
  const sequences = (ends: ReadonlyMap<TokenNode, NodeEnd>): Sequence[] =>
    trees.flatMap(({ last }, i) => {
      const end = ends.get(last) as NodeEnd;
      if (end.row < 0) throw new RangeError(`sampleBatch: prompts[${i}]: expected at least one token`);
      return Array.from({ length: params.numGenerations }, (_, index) =>
        newSequence(prompts[i], params, options, { end, prompt: i, index }),
      );
    });
  return { graph, prompts, params, options, trees, sequences };
}

/** A prompt, what its completions continue, and the node after which they go on. */
function promptTree(
  { root, question }: Prompt,
  prefix: readonly number[] = [],
): { tree: TokenTree; last: TokenNode } {
  const asked: TokenNode = { ids: question };
  if (prefix.length === 0) return { tree: { root, children: [asked] }, last: asked };
  const last: TokenNode = { ids: prefix };
  return { tree: { root, children: [{ ...asked, children: [last] }] }, last };
}

/** @throws RangeError where what a call needs at once exceeds the machine's memory */
export function checkRoom(prompts: number, params: SamplingParams, what: string, bytes: number): void {
  if (bytes <= memoryBytes()) return;
  throw new RangeError(
    `generate: ${prompts} prompts with numGenerations ${params.numGenerations} and maxNewTokens ${params.maxNewTokens} ` +
      `need ${what} of ${(bytes / 2 ** 30).toFixed(1)} GiB, more than this machine has`,
  );
}
