// A model small enough to train in a test: text only, letters as tokens, one layer. It samples with the real sampler
// and trains through the real graph.

import { mkdirSync } from 'node:fs';
import type { Prompt, PromptRoot } from '../../lib/batch/index.js';
import { endOfStep, type Sample } from '../../lib/data/index.js';
import { type ModelGraph, OmniGraph, parseOmniConfig, saveGraph } from '../../lib/models/index.js';
import { sampleBatch } from '../../lib/rollout/index.js';
import { torch } from '../../lib/tensor/index.js';
import type { TrainableModel } from '../../lib/train/index.js';

/** Token 0 starts, 1 ends; 2 to 27 are the letters a to z, the last of which stands for the mark of steps too. */
const END = 1;
export const encode = (text: string) =>
  [...text.replaceAll(endOfStep, 'z')].map((letter) => letter.charCodeAt(0) - 95);
const decode = (ids: readonly number[]) =>
  ids.map((id) => (id < 2 ? '' : String.fromCharCode(id + 95))).join('');

export const defaultParams = {
  maxNewTokens: 8,
  temperature: 1,
  topP: 1,
  topK: 0,
  minP: 0,
  repetitionPenalty: 1,
  numGenerations: 1,
  seed: 0,
};

const config = parseOmniConfig({
  text: {
    vocab: 28,
    hiddenSize: 32,
    layers: 1,
    heads: 2,
    kvHeads: 1,
    headDim: 16,
    intermediate: 64,
    mropeSection: [4, 2, 2],
  },
  positions: { rule: 'merged', idsPerSecond: 4 },
  initializerRange: 0.1,
});

export function tinyModel(seed = 1, build: () => ModelGraph = () => new OmniGraph(config)): TrainableModel {
  torch.manualSeed(seed);
  const graph = build();
  const roots = new Map<string | undefined, PromptRoot>();
  const prompt = ({ id, video, question: text }: Sample, occurrence = 0): Prompt => {
    const root = roots.get(video) ?? { spans: [{ kind: 'text', length: 1 }], textIds: [0] };
    roots.set(video, root);
    const question = encode(text);
    return {
      id,
      occurrence,
      root,
      question,
      text,
      tokens: { text: 1 + question.length, audio: 0, video: 0 },
    };
  };
  return {
    graph,
    encodeCompletion: (text) => [...encode(text), END],
    encodePart: encode,
    async prepare(samples, { views, occurrences }) {
      const prompts = samples.map((sample, i) => prompt(sample, occurrences?.[i]));
      return Object.fromEntries(views.map((view) => [view, prompts]));
    },
    samplePrompts: (prompts, params, { media }) =>
      sampleBatch(graph, prompts, params, { stopIds: [END], decode, media }),
    savePretrained(folder) {
      mkdirSync(folder, { recursive: true });
      saveGraph(graph, folder);
    },
  };
}

/** Two questions for each of six "clips"; the answer repeats the question's letter. */
export const samples: Sample[] = Array.from({ length: 12 }, (_, i) => {
  const letter = 'abcdefghijkl'[i];
  return {
    id: `s${i}`,
    video: `${i >> 1}.mp4`,
    question: letter.repeat(1 + (i % 3)),
    answer: letter.repeat(2),
  };
});

export const answerOnly = (sample: Sample) => sample.answer as string;

/** All weights, to compare bit for bit. */
export function weights(model: TrainableModel): Record<string, unknown> {
  const state = Object.entries(model.graph.stateDict());
  return Object.fromEntries(state.map(([name, tensor]) => [name, tensor.toArray()]));
}
