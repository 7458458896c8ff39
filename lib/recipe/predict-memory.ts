/**
 * Memory that a recipe will need, from the sizes of its model and the tokens of one of its samples. Estimates: what is
 * kept for the backward pass is counted by tensor, what operators use for a moment is not.
 */
import type { Prompt } from '../batch/index.js';
import type { Sample } from '../data/index.js';
import type { ModelGraph } from '../models/index.js';
import type { OmniModel } from '../omni/index.js';
import { targetCaptions, targetCompletion } from '../rewards/index.js';
import { scope } from '../tensor/index.js';
import { type GRPOConfig, parseGRPOConfig, parseSFTConfig, type SFTConfig } from '../train/index.js';
import type { Recipe } from './recipe.js';

export interface MemoryPrediction {
  tokens: Prompt['tokens'];
  rows: { name: string; bytes: number }[];
}

/** @param moment what alignment trains on, where there is any */
export async function predictMemory(
  model: OmniModel,
  recipe: Recipe,
  sample: Sample,
  moment?: Sample,
): Promise<MemoryPrediction> {
  const parameters = model.graph.parameters();
  const weights = parameters.reduce((sum, parameter) => sum + 4 * parameter.numel(), 0);
  const tokensOf = async (it: Sample) => (await scope(() => model.prepare([it], 'av')))[0].tokens;
  const tokens = await tokensOf(sample);
  const prompt = lengthOf(tokens);
  const state = [
    { name: 'parameters', bytes: weights },
    { name: 'gradients', bytes: weights },
    { name: 'optimizer (two moments)', bytes: 2 * weights },
  ];
  const stages: Rows[] = [];
  if (moment !== undefined) {
    const settings = parseSFTConfig(recipe.alignment);
    const length = lengthOf(await tokensOf(moment));
    stages.push(sftRows('alignment', model, settings, targetCaptions(moment), length));
  }
  if (recipe.sft !== false)
    stages.push(sftRows('SFT', model, parseSFTConfig(recipe.sft), targetCompletion(sample), prompt));
  if (recipe.grpo !== false) stages.push(grpoRows(model.graph, parseGRPOConfig(recipe.grpo), prompt));
  // Stages run one after the other.
  const most = sum(state) + stages.map(sum).reduce((a, b) => Math.max(a, b), 0);
  return { tokens, rows: [...state, ...stages.flat(), { name: 'at most together', bytes: most }] };
}

type Rows = MemoryPrediction['rows'];

function lengthOf({ text, audio, video }: Prompt['tokens']): number {
  return text + audio + video;
}

function sum(rows: Rows): number {
  return rows.reduce((total, { bytes }) => total + bytes, 0);
}

function sftRows(stage: string, model: OmniModel, settings: SFTConfig, text: string, prompt: number): Rows {
  const count = settings.perDeviceTrainBatchSize;
  const completion = model.encodeCompletion(text).length;
  const bytes = model.graph.activationBytes(count * (prompt + completion), count * completion);
  return [{ name: `${stage} micro-batch`, bytes }];
}

function grpoRows(graph: ModelGraph, settings: GRPOConfig, prompt: number): Rows {
  const { perDeviceTrainBatchSize: count, numGenerations, maxCompletionLength: longest } = settings;
  const tokens = (count / numGenerations) * prompt + count * longest;
  return [
    { name: 'GRPO key-value cache', bytes: graph.cacheBytes(tokens) },
    { name: 'GRPO micro-batch', bytes: graph.activationBytes(tokens, count * longest) },
  ];
}
