// The first part of a GRPO step: the model answers the prompts of the step in every view that a reward asks for.

import type { Prompt } from '../../batch/index.js';
import type { Completion, Sample, View } from '../../data/index.js';
import { EncodedMedia } from '../../rollout/index.js';
import type { GRPOConfig } from '../config.js';
import type { Taken } from '../data-order.js';
import type { TrainableModel } from '../model.js';

/** Samples of a step, their prompts with all tracks, and what the model wrote, one list of completions a sample. */
export interface Rollouts {
  samples: readonly Sample[];
  prompts: readonly Prompt[];
  completions: { av: Completion[][] } & Partial<Record<View, Completion[][]>>;
}

/** All completions come from the current weights. */
export async function collect(
  model: TrainableModel,
  config: GRPOConfig,
  views: readonly View[],
  { samples, occurrences }: Taken,
): Promise<Rollouts> {
  const { numGenerations, maxCompletionLength: maxNewTokens, temperature, topP, topK, seed } = config;
  const params = { numGenerations, maxNewTokens, temperature, topP, topK, seed };
  const prompts = await model.prepare(samples, { views, occurrences });
  const media = new EncodedMedia(model.graph);
  const completions: Partial<Rollouts['completions']> = {};
  for (const view of views)
    completions[view] = await model.samplePrompts(prompts[view] ?? [], params, { media });
  return { samples, prompts: prompts.av ?? [], completions: completions as Rollouts['completions'] };
}
