import { tokenLogprobs } from '../../lib/algorithms/index.js';
import { completionTree, flattenTrees, type Prompt, packTensors } from '../../lib/batch/index.js';
import type { Completion, SamplingParams } from '../../lib/data/index.js';
import type { FamilyGraph } from '../../lib/models/index.js';
import { type SamplerOptions, sampleBatch } from '../../lib/rollout/index.js';
import { memoryStats, noGrad, scope } from '../../lib/tensor/index.js';
import { tinyGraph } from '../models/tiny.js';
import { modulePath } from './module-path.js';
import { decodeIds as decode, promptOf, textRoot, unrestricted } from './prompts.js';

const graph = tinyGraph();
const params = { ...unrestricted, numGenerations: 3, maxNewTokens: 12 };

type Settings = Partial<SamplingParams> & Partial<SamplerOptions>;
/** By the params above and stop id 63, as far as the settings name no others. */
function sample(by: FamilyGraph, asked: readonly Prompt[], settings: Settings = {}) {
  const { stopIds = [63], prefixes, media, ...rest } = settings;
  return sampleBatch(by, asked, { ...params, ...rest }, { stopIds, decode, prefixes, media });
}

const shared = textRoot([1, 2, 3, 4]);
const prompts: Prompt[] = [
  promptOf('a', shared, [10, 11, 12]),
  promptOf('b', shared, [20]),
  promptOf('c', textRoot([7, 8]), [30, 31]),
];

/** The same completions through one pass without a cache: log-probabilities and the likeliest token at each place. */
function forced(prompt: Prompt, completions: readonly Completion[]) {
  return noGrad(() =>
    scope(() => {
      const tree = completionTree(
        prompt,
        completions.map(({ ids }) => ids),
      );
      const { packed, targets } = packTensors(flattenTrees([tree], graph.layOut), 'cpu');
      const hidden = graph.forward(packed);
      const { logp } = tokenLogprobs(hidden, graph.headWeight, targets.targets, targets.rows);
      const likeliest = hidden.indexSelect(0, targets.rows).matmul(graph.headWeight.t()).argmax(-1);
      return { logp: logp.toArray() as number[], likeliest: likeliest.toArray() as number[] };
    }),
  );
}

describe('sampling over a shared cache', () => {
  it('gives the log-probabilities of one pass over the finished completions', async () => {
    const sampled = await sample(graph, prompts);
    prompts.forEach((prompt, i) => {
      const { logp } = forced(prompt, sampled[i]);
      sampled[i]
        .flatMap(({ logprobs }) => logprobs)
        .forEach((logprob, t) => {
          expect(Math.abs(logprob - logp[t])).toBeLessThan(2e-5);
        });
    });
  });

  it('names sample, completion and step where a model says NaN', async () => {
    // Nine completions, three a prompt: the fifth is the second one of 'b'.
    const spoilt = modulePath(graph);
    spoilt.forward = (...given) => {
      const hidden = graph.forward(...given);
      // The prompts pass first; the two passes after them feed the tokens of steps 0 and 1.
      passes += 1;
      return passes < 3 ? hidden : hidden.setIndex([4], Number.NaN);
    };
    let passes = 0;
    const sampling = sample(spoilt, prompts, { stopIds: [] });
    await expect(sampling).rejects.toThrow(
      /^generate: sample 'b', completion 1, step 2: 64 NaN and 0 \+Infinity among 64 logits/,
    );
  });

  it('takes the likeliest token of such a pass at temperature 0', async () => {
    const sampled = await sample(graph, prompts, { temperature: 0, numGenerations: 1 });
    prompts.forEach((prompt, i) => {
      expect(sampled[i][0].ids).toEqual(forced(prompt, sampled[i]).likeliest);
    });
  });

  it('gives completion i whatever the batch and the number of completions', async () => {
    const together = await sample(graph, prompts, { numGenerations: 5 });
    const alone = await sample(graph, [prompts[1]], { numGenerations: 2 });
    expect(alone[0].map(({ ids }) => ids)).toEqual(together[1].slice(0, 2).map(({ ids }) => ids));
    const longer = await sample(graph, [prompts[1]], {
      numGenerations: 1,
      maxNewTokens: 20,
    });
    expect(longer[0][0].ids.slice(0, 12)).toEqual(alone[0][0].ids);
  });

  it('gives other completions each time that a sample occurs, the first of them as without a count', async () => {
    const twice = [0, 1, 0].map((occurrence) => ({ ...prompts[0], occurrence }));
    const [[first], [second], [again]] = await sample(graph, twice, { numGenerations: 1 });
    const [[uncounted]] = await sample(graph, [prompts[0]], { numGenerations: 1 });
    expect(second.ids).not.toEqual(first.ids);
    expect(again.ids).toEqual(first.ids);
    expect(uncounted.ids).toEqual(first.ids);
  });

  it('gives other completions for another seed, sample or index', async () => {
    const [[first, second]] = await sample(graph, [prompts[0]], { numGenerations: 2 });
    const [[other]] = await sample(graph, [prompts[0]], { seed: 6 });
    const [[renamed]] = await sample(graph, [{ ...prompts[0], id: 'z' }]);
    const texts = [first, second, other, renamed].map(({ ids }) => ids.join());
    expect(new Set(texts).size).toBe(4);
  });

  it('ends with the stop token, or at the longest length', async () => {
    const every = Array.from({ length: 64 }, (_, id) => id);
    const stopped = await sample(graph, prompts, { stopIds: every });
    for (const completion of stopped.flat()) {
      expect(completion.finishReason).toBe('stop');
      expect(completion.ids).toHaveLength(1);
      expect(completion.logprobs).toHaveLength(1);
    }
    const endless = await sample(graph, prompts, { stopIds: [] });
    for (const { ids, finishReason } of endless.flat()) {
      expect(finishReason).toBe('length');
      expect(ids).toHaveLength(12);
    }
  });

  it('goes on with the others when some have stopped', async () => {
    const stops = Array.from({ length: 16 }, (_, id) => 4 * id);
    const sampled = (await sample(graph, prompts, { stopIds: stops })).flat();
    const free = (await sample(graph, prompts, { stopIds: [] })).flat();
    const lengths = sampled.map(({ ids }) => ids.length);
    expect(Math.min(...lengths)).toBeLessThan(Math.max(...lengths));
    sampled.forEach(({ ids }, i) => {
      const end = free[i].ids.findIndex((id) => stops.includes(id));
      expect(ids).toEqual(end < 0 ? free[i].ids : free[i].ids.slice(0, end + 1));
    });
  });

  it('leaves no tensor behind', async () => {
    const before = memoryStats().liveTensors;
    await sample(graph, prompts);
    expect(memoryStats().liveTensors).toBe(before);
  });
});
