/**
 * A model that reads paths with distributions known in closed form (test/judges/stub-model.ts): a word's logit is 4 for each token
 * of media that shows it, the other logits are 0. After the word A the model forgets what it was shown: what follows an A depends
 * on the text alone.
 */
import type { Packed, Prompt } from '../../lib/batch/index.js';
import type { Sample } from '../../lib/data/index.js';
import type { OmniModel } from '../../lib/omni/index.js';
import { stubModel, words } from '../judges/stub-model.js';

export const mark = '<end_of_step>';
export const samples: Sample[] = ['s', 't', 'u'].map((id) => ({
  ...{ id, video: `${id}.mp4`, question: 'what?' },
}));

export function stubReader() {
  const { model, counts } = stubModel({
    's.mp4': { seen: { 1: 'red' }, heard: { 0: 'red', 3: 'bell' } },
    't.mp4': { seen: { 1: 'blue', 2: 'blue', 5: 'red' } },
    'u.mp4': {},
  });
  const { forward } = model.graph;
  model.graph.forward = (packed: Packed) => {
    const isA = packed.inputIds.eq(words.indexOf('A')).unsqueeze(1);
    return forward(packed).maskedFill(isA, 0);
  };
  /** Ids and instructions of the samples, by call. */
  const prepared: string[][] = [];
  const prepare = async (given: readonly Sample[]) => {
    prepared.push(given.map(({ id, instruction = '' }) => id + instruction));
    const prompts = await Promise.all(
      given.map(async (sample): Promise<Prompt> => {
        const tracks = model.processor.tracks(await model.processor.features(sample, model.media));
        const root = model.processor.root(tracks, 'av', sample);
        const tokens = { text: 6, audio: 8, video: 8 };
        return { id: sample.id, occurrence: 0, root, question: [0], text: sample.question, tokens };
      }),
    );
    return { av: prompts };
  };
  /** The mark is one token. */
  const encodePart = (step: string) =>
    step
      .replace(mark, ' start')
      .trim()
      .split(/\s+/)
      .map((word) => words.indexOf(word));
  const reader = { graph: model.graph, prepare, encodePart } as unknown as OmniModel;
  return { model: reader, counts, prepared };
}

/** Log-probabilities of all words after so many tokens that show each. */
export function logprobs(shown: Record<string, number>): number[] {
  const logits = words.map((word) => 4 * (shown[word] ?? 0));
  const lse = Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0));
  return logits.map((z) => z - lse);
}

/** KL of the distributions after so many tokens that show each word, in doubles. */
export function divergence(clean: Record<string, number>, changed: Record<string, number>): number {
  const [p, q] = [logprobs(clean), logprobs(changed)];
  return p.reduce((sum, value, i) => sum + Math.exp(value) * (value - q[i]), 0);
}
