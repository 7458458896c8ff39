import { completionTree, type Prompt } from '../../lib/batch/index.js';
import { EncodedMedia } from '../../lib/rollout/index.js';
import { noGrad } from '../../lib/tensor/index.js';
import { completionLogprobs } from '../../lib/train/index.js';
import { samples, tinyModel } from './tiny-model.js';

const model = tinyModel();

interface Item extends Pick<Prompt, 'root' | 'question'> {
  completions: number[][];
}

async function items(): Promise<Item[]> {
  const { av: prompts = [] } = await model.prepare(samples.slice(0, 3), { views: ['av'] });
  const completions = [['ab', 'c', 'dzzz'], ['q'], ['', 'xyxyx']];
  return prompts.map(({ root, question }, i) => ({
    root,
    question,
    completions: completions[i].map((text) => model.encodeCompletion(text)),
  }));
}

const treesOf = (packed: Item[]) => packed.map((item) => completionTree(item, item.completions));
const logprobs = (packed: Item[]) =>
  noGrad(() => completionLogprobs(model.graph, treesOf(packed)).logp.toArray() as number[]);

test('a shared prompt gives the log-probabilities of separate sequences', async () => {
  const packed = await items();
  const alone = packed.flatMap((item) =>
    item.completions.flatMap((completion) => logprobs([{ ...item, completions: [completion] }])),
  );
  const together = logprobs(packed);
  expect(together).toHaveLength(3 + 2 + 5 + 2 + 1 + 6);
  together.forEach((value, t) => {
    expect(Math.abs(value - alone[t])).toBeLessThan(1e-5);
  });
  expect(new Set(alone.map((value) => value.toFixed(4))).size).toBeGreaterThan(10);
});

test('the learner scores a sample as the sampler did', async () => {
  const params = {
    numGenerations: 3,
    maxNewTokens: 6,
    temperature: 0.8,
    topP: 1,
    topK: 0,
    minP: 0,
    repetitionPenalty: 1,
    seed: 5,
  };
  const { av: prompts = [] } = await model.prepare(samples, { views: ['av'] });
  const sampled = await model.samplePrompts(prompts, params, { media: new EncodedMedia(model.graph) });
  const packed = prompts.map(({ root, question }, i) => ({
    root,
    question,
    completions: sampled[i].map(({ ids }) => ids),
  }));
  const scored = noGrad(
    () => completionLogprobs(model.graph, treesOf(packed), { temperature: 0.8 }).logp.toArray() as number[],
  );
  const expected = sampled.flat().flatMap(({ logprobs }) => logprobs);
  expect(scored).toHaveLength(expected.length);
  scored.forEach((value, t) => {
    expect(Math.abs(value - expected[t])).toBeLessThan(1e-5);
  });
});
