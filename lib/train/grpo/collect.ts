// The first part of a GRPO step: the model answers the prompts of the step in every view that a reward asks for.

import type { Prompt } from '../../batch/index.js';
import type { Completion, Sample, SamplingParams, View } from '../../data/index.js';
import { instructed, type Protocol } from '../../rewards/index.js';
import type { EncodedMedia } from '../../rollout/index.js';
import { chunks } from '../chunks.js';
import type { GRPOConfig } from '../config.js';
import type { Taken } from '../data-order.js';
import { type PromptsByView, promptsIn, type TrainableModel } from '../model.js';
import type { GeneratedGroup } from './groups.js';

/** Samples of a step, their prompts with all tracks, and what the model wrote, one list of completions a sample. */
export interface Rollouts {
  samples: readonly Sample[];
  /** For each of the samples, how often it was answered before in this training. */
  occurrences: readonly number[];
  prompts: readonly Prompt[];
  completions: { av: Completion[][] } & Partial<Record<View, Completion[][]>>;
}

/** All completions come from the current weights, in one batch. Prompts are made and tracks encoded once for all views. */
export async function collect(
  model: TrainableModel,
  config: GRPOConfig,
  views: readonly View[],
  { samples, occurrences }: Taken,
  media: EncodedMedia,
  protocol: Protocol,
): Promise<Rollouts> {
  const asked = samples.map((sample) => instructed(sample, protocol));
  const prompts = await model.prepare(asked, { views, occurrences, seed: config.seed });
  const completions = await sampleViews(model, prompts, views, samplingParams(config), media, protocol);
  return {
    samples,
    occurrences,
    prompts: promptsIn('av', prompts),
    completions: completions as Rollouts['completions'],
  };
}

export function samplingParams(config: GRPOConfig): SamplingParams {
  const { numGenerations, maxCompletionLength: maxNewTokens, seed } = config;
  const { temperature, topP, topK, minP, repetitionPenalty } = config;
  return { temperature, topP, topK, minP, repetitionPenalty, seed, numGenerations, maxNewTokens };
}

/** For each view the completions of all prompts, sampled in one batch; what a second turn answers stands in their texts alone. */
export async function sampleViews(
  model: TrainableModel,
  prompts: PromptsByView,
  views: readonly View[],
  params: SamplingParams,
  media: EncodedMedia,
  protocol: Protocol,
): Promise<Partial<Record<View, Completion[][]>>> {
  if (views.length === 0) return {};
  const inViews = views.map((view) => promptsIn(view, prompts));
  const sampled = await model.samplePrompts(inViews.flat(), params, { media });
  const completions =
    protocol.name === 'twoTurn'
      ? await withAnswers(model, inViews.flat(), sampled, protocol, media)
      : sampled;
  const ofViews = chunks(completions, inViews[0].length).map((groups, v) => [views[v], groups]);
  return Object.fromEntries(ofViews);
}

async function withAnswers(
  model: TrainableModel,
  prompts: readonly Prompt[],
  completions: readonly (readonly Completion[])[],
  protocol: Protocol,
  media: EncodedMedia,
): Promise<Completion[][]> {
  if (model.finalAnswers === undefined)
    throw new Error(
      "the model has no finalAnswers, which protocol 'twoTurn' needs; give it one, or ask in one turn ('steps')",
    );
  const answered = await model.finalAnswers(prompts, completions, { protocol, media });
  return answered.map((ofPrompt) => ofPrompt.map(({ scored, ...first }) => ({ ...first, text: scored })));
}

/** The completions by sample. */
export function generatedGroups({ samples, occurrences, completions }: Rollouts): GeneratedGroup[] {
  const { av, ...others } = completions;
  return samples.map((sample, g) => ({
    sample,
    occurrence: occurrences[g],
    completions: av[g],
    otherViews: Object.fromEntries(Object.entries(others).map(([view, groups]) => [view, groups[g]])),
  }));
}
