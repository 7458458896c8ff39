/**
 * Memory that a recipe will need, from the sizes of its model and the tokens of one of its samples. Estimates: what is
 * kept for the backward pass is counted by tensor, what operators use for a moment is not.
 */
import type { Sample } from '../data/index.js';
import type { OmniConfig } from '../models/index.js';
import { goldCompletion } from '../rewards/index.js';
import type { OmniModel, PreparedPrompt } from '../rollout/index.js';
import { scope } from '../tensor/index.js';
import { type GRPOConfig, parseGRPOConfig, parseSFTConfig, type SFTConfig } from '../train/index.js';
import type { Recipe } from './recipe.js';

export interface MemoryPrediction {
  tokens: PreparedPrompt['tokens'];
  rows: { name: string; bytes: number }[];
}

export async function predictMemory(
  model: OmniModel,
  recipe: Recipe,
  sample: Sample,
): Promise<MemoryPrediction> {
  const parameters = model.graph.parameters();
  const weights = parameters.reduce((sum, parameter) => sum + 4 * parameter.numel(), 0);
  const { tokens } = (await scope(() => model.prepare([sample], 'av')))[0];
  const prompt = tokens.text + tokens.audio + tokens.video;
  const { config } = model.graph;
  const state = [
    { name: 'parameters', bytes: weights },
    { name: 'gradients', bytes: weights },
    { name: 'optimizer (two moments)', bytes: 2 * weights },
  ];
  const sft = recipe.sft === false ? [] : sftRows(model, parseSFTConfig(recipe.sft), sample, prompt);
  const grpo = recipe.grpo === false ? [] : grpoRows(config, parseGRPOConfig(recipe.grpo), prompt);
  // The two stages run one after the other.
  const most = sum(state) + Math.max(sum(sft), sum(grpo));
  return { tokens, rows: [...state, ...sft, ...grpo, { name: 'at most together', bytes: most }] };
}

type Rows = MemoryPrediction['rows'];

function sum(rows: Rows): number {
  return rows.reduce((total, { bytes }) => total + bytes, 0);
}

function sftRows(model: OmniModel, settings: SFTConfig, sample: Sample, prompt: number): Rows {
  const count = settings.perDeviceTrainBatchSize;
  const completion = model.encodeCompletion(goldCompletion(sample)).length;
  const visible = prompt + completion;
  const bytes = activationBytes(model.graph.config, count * visible, visible, count * completion);
  return [{ name: 'SFT micro-batch', bytes }];
}

function grpoRows(config: OmniConfig, settings: GRPOConfig, prompt: number): Rows {
  const { perDeviceTrainBatchSize: count, numGenerations, maxCompletionLength: longest } = settings;
  const tokens = (count / numGenerations) * prompt + count * longest;
  return [
    { name: 'GRPO key-value cache', bytes: 4 * tokens * cacheWidth(config) },
    {
      name: 'GRPO micro-batch',
      bytes: activationBytes(config, tokens, prompt + longest, count * longest),
    },
  ];
}

function cacheWidth({ text }: OmniConfig): number {
  return 2 * text.layers * text.kvHeads * text.headDim;
}

/**
 * Bytes of float32 values kept for the backward pass of `tokens` packed tokens, each of which sees at most `visible`
 * keys, with `scored` of them scored against the vocabulary.
 */
function activationBytes({ text }: OmniConfig, tokens: number, visible: number, scored: number): number {
  const { hiddenSize, intermediate, heads, kvHeads, headDim, layers, vocab } = text;
  const attention = 3 * heads * headDim + 4 * kvHeads * headDim + heads * visible;
  const layer = 4 * hiddenSize + attention + 4 * intermediate;
  return 4 * (tokens * layers * layer + 2 * scored * vocab);
}
