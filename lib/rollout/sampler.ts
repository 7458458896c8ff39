/** Samples completions for many prompts at once. */
import type { Prompt } from '../batch/index.js';
import type { Completion, SamplingParams } from '../data/index.js';
import type { ModelGraph } from '../models/index.js';
import { scope } from '../tensor/index.js';
import { EncodedMedia } from './encoded-media.js';
import { sampleByEngine } from './engine-sampler.js';
import { engineOf } from './engines.js';
import { sampleByModules } from './module-sampler.js';
import { promptLogprobs } from './prompt-logprobs.js';
import { type SampleTask, sampleTask } from './sample-task.js';
import { checkSampling, type SamplerOptions } from './sampler-options.js';
import { finished } from './sequence.js';

/**
 * `numGenerations` completions for each prompt. A completion depends on the params, its prompt and prefix, and its numbers
 * on (seed, prompt id, occurrence, stream, index) alone: not on what it is sampled with.
 */
export async function sampleBatch(
  graph: ModelGraph,
  prompts: readonly Prompt[],
  params: SamplingParams,
  options: SamplerOptions,
): Promise<Completion[][]> {
  checkSampling(prompts, params, options);
  const { numGenerations } = params;
  const task = sampleTask(graph, prompts, params, options);
  const engine = engineOf(graph);
  const sequences = await (engine === null ? sampleByModules(task) : sampleByEngine(engine, task));
  if (engine === null) scorePrompts(task);
  const completions = sequences.map((sequence) => finished(sequence, options));
  return prompts.map((_, i) => completions.slice(i * numGenerations, (i + 1) * numGenerations));
}

/** Through the modules. A call that was aborted has none. */
function scorePrompts({ graph, prompts, params: { temperature }, options }: SampleTask): void {
  const { onPromptLogprobs, prefixes, signal } = options;
  if (onPromptLogprobs === undefined || signal?.aborted) return;
  const media = options.media ?? new EncodedMedia(graph);
  for (const [i, prompt] of prompts.entries())
    onPromptLogprobs(
      i,
      scope(() => promptLogprobs(graph, prompt, { prefix: prefixes?.[i], temperature, media })),
    );
}
