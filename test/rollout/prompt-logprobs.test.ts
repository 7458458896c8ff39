// The engine scores prompts as the modules do, in the pass that computes them.
import type { Prompt } from '../../lib/batch/index.js';
import type { SamplingParams } from '../../lib/data/index.js';
import type { FamilyGraph } from '../../lib/models/index.js';
import { EncodedMedia, promptLogprobs, type SamplerOptions, sampleBatch } from '../../lib/rollout/index.js';
import { tinyGraph } from '../models/tiny.js';
import { modulePath } from './module-path.js';
import { promptOf, textRoot } from './prompts.js';

const params: SamplingParams = {
  ...{ numGenerations: 3, maxNewTokens: 6, seed: 5, temperature: 0.7 },
  ...{ topP: 0.9, topK: 9, minP: 0, repetitionPenalty: 1.3 },
};
const text = (length: number, step: number) => Array.from({ length }, (_, i) => 1 + ((i * step) % 60));
const shared = textRoot([1, 2, 3, 4]);
const prompts: Prompt[] = [
  promptOf('a', shared, [10, 11, 12]),
  promptOf('b', shared, [20]),
  // Longer than one pass, and than two.
  promptOf('c', textRoot(text(700, 7)), text(600, 11)),
  promptOf('d', textRoot([]), [30, 31]),
];
const prefixes = [[7, 8], [], [9], [5]];
const graph = tinyGraph();

async function scored(
  by: FamilyGraph,
  settings: Partial<SamplingParams> = {},
  more: Partial<SamplerOptions> = {},
) {
  const scores: (number | null)[][] = [];
  const completions = await sampleBatch(
    by,
    prompts,
    { ...params, ...settings },
    {
      ...{ stopIds: [], decode: String, prefixes },
      onPromptLogprobs: (prompt, logprobs) => {
        expect(scores[prompt]).toBeUndefined();
        scores[prompt] = logprobs;
      },
      ...more,
    },
  );
  return { scores, completions };
}

function expectClose(scores: (number | null)[][], temperature: number): void {
  for (const [i, prompt] of prompts.entries()) {
    const media = new EncodedMedia(graph);
    const expected = promptLogprobs(graph, prompt, { prefix: prefixes[i], temperature, media });
    expect(scores[i]).toHaveLength(expected.length);
    for (const [t, logprob] of expected.entries()) {
      if (logprob === null) expect(scores[i][t]).toBeNull();
      else expect(Math.abs((scores[i][t] as number) - logprob)).toBeLessThan(1e-5);
    }
  }
}

test.each([0.7, 0])('at temperature %d, once a prompt', async (temperature) => {
  const { scores } = await scored(graph, { temperature });
  expectClose(scores, temperature);
});

test('of prompts that were computed before, with the same completions', async () => {
  const own = tinyGraph();
  const sample = () => sampleBatch(own, prompts, params, { stopIds: [], decode: String, prefixes });
  const before = await sample();
  const { scores, completions } = await scored(own);
  expectClose(scores, 0.7);
  expect(completions).toEqual(before);
  expect(await sample()).toEqual(before);
});

test('through the modules too', async () => {
  const { scores } = await scored(modulePath(graph));
  expectClose(scores, 0.7);
});

test('a call that is aborted before it begins has none', async () => {
  const { scores } = await scored(graph, {}, { signal: AbortSignal.abort() });
  expect(scores).toEqual([]);
});

test('what the listener throws ends the call', async () => {
  const onPromptLogprobs = () => {
    throw new RangeError('full');
  };
  await expect(scored(graph, {}, { onPromptLogprobs })).rejects.toThrow(new RangeError('full'));
});
