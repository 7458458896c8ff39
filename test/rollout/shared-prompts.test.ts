// Prompts are computed once as far as they begin alike, in one call, in calls under way and in later calls; completions
// have the bits that they have alone.
import { flattenTrees, type Prompt } from '../../lib/batch/index.js';
import type { Completion, SamplingParams } from '../../lib/data/index.js';
import type { FamilyGraph } from '../../lib/models/index.js';
import { DecodeEngine } from '../../lib/rollout/decode-engine.js';
import { sampleByEngine } from '../../lib/rollout/engine-sampler.js';
import { sampleBatch, samplingStats } from '../../lib/rollout/index.js';
import { sampleTask } from '../../lib/rollout/sample-task.js';
import { finished } from '../../lib/rollout/sequence.js';
import { memoryStats, noGrad, scope, torch } from '../../lib/tensor/index.js';
import { tinyGraph } from '../models/tiny.js';
import { promptOf, textRoot } from './prompts.js';

const params: SamplingParams = {
  ...{ numGenerations: 2, maxNewTokens: 20, seed: 5, temperature: 1 },
  ...{ topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 },
};
const options = { stopIds: [], decode: (ids: readonly number[]) => ids.join(' ') };
const sample = (graph: FamilyGraph, prompts: readonly Prompt[], settings: Partial<SamplingParams> = {}) =>
  sampleBatch(graph, prompts, { ...params, ...settings }, options);

const page = 32;
const text = (length: number, step = 7) => Array.from({ length }, (_, i) => 1 + ((i * step) % 60));
const question = [10, 11, 12];

/** Tokens of prompts that were computed, and found, by `work`. */
async function counted(graph: FamilyGraph, work: () => Promise<unknown>): Promise<[number, number]> {
  const before = samplingStats(graph) ?? { prefilledTokens: 0, sharedTokens: 0 };
  await work();
  const { prefilledTokens, sharedTokens } = samplingStats(graph) as NonNullable<
    ReturnType<typeof samplingStats>
  >;
  return [prefilledTokens - before.prefilledTokens, sharedTokens - before.sharedTokens];
}
/** By a model that computed nothing before. */
const alone = async (prompt: Prompt): Promise<Completion[]> => (await sample(tinyGraph(), [prompt]))[0];

test('a prompt that was computed before is found, by other objects and for other completions', async () => {
  const graph = tinyGraph();
  const prompt = () => promptOf('a', textRoot(text(100)), question);
  let first: Completion[][] = [];
  let second: Completion[][] = [];
  expect(
    await counted(graph, async () => {
      first = await sample(graph, [prompt()]);
    }),
  ).toEqual([103, 0]);
  expect(
    await counted(graph, async () => {
      second = await sample(graph, [prompt()]);
    }),
  ).toEqual([0, 103]);
  expect(second).toEqual(first);
  expect(await counted(graph, () => sample(graph, [prompt()], { seed: 6, temperature: 0 }))).toEqual([
    0, 103,
  ]);
});

test('calls under way at the same time compute a common prompt once', async () => {
  const graph = tinyGraph();
  const prompts = ['a', 'b', 'c'].map((id) => promptOf(id, textRoot(text(700)), question));
  let found: Completion[][] = [];
  const [prefilled, shared] = await counted(graph, async () => {
    found = (await Promise.all(prompts.map((prompt) => sample(graph, [prompt])))).flat();
  });
  expect([prefilled, shared]).toEqual([703, 2 * 703]);
  for (const [i, prompt] of prompts.entries()) expect(found[i]).toEqual(await alone(prompt));
});

test('prompts that begin alike have whole pages of 32 tokens in common, in one call and later', async () => {
  const graph = tinyGraph();
  const head = text(100);
  const prompts = [
    promptOf('a', textRoot([...head, ...text(60, 11)]), question),
    promptOf('b', textRoot([...head, ...text(90, 13)]), question),
    // Its last token is computed: it predicts what follows.
    promptOf('c', textRoot(head.slice(0, 64)), []),
  ];
  let found: Completion[][] = [];
  const [prefilled, shared] = await counted(graph, async () => {
    found = await sample(graph, prompts);
  });
  expect(shared).toBe(3 * page + page);
  expect(prefilled).toBe(163 + 193 + 64 - shared);
  for (const [i, prompt] of prompts.entries()) expect(found[i]).toEqual(await alone(prompt));
  const later = promptOf('d', textRoot([...head, 5]), question);
  expect((await counted(graph, () => sample(graph, [later])))[1]).toBe(3 * page);
});

test('a conversation that goes on finds what was said', async () => {
  const graph = tinyGraph();
  const root = textRoot(text(40));
  const first = text(70, 11);
  await sample(graph, [promptOf('a', root, first)]);
  const next = promptOf('b', root, [...first, ...text(50, 17)]);
  let found: Completion[][] = [];
  const counts = await counted(graph, async () => {
    found = await sample(graph, [next]);
  });
  expect(counts).toEqual([120 - 2 * page, 40 + 2 * page]);
  expect(found[0]).toEqual(await alone(next));
});

test('the same question below another root is computed', async () => {
  const graph = tinyGraph();
  const asked = text(64, 11);
  await sample(graph, [promptOf('a', textRoot(text(33)), asked)]);
  const other = promptOf('b', textRoot(text(33, 13)), asked);
  let found: Completion[][] = [];
  expect(
    await counted(graph, async () => {
      found = await sample(graph, [other]);
    }),
  ).toEqual([97, 0]);
  expect(found[0]).toEqual(await alone(other));
});

test('the same tokens at other positions are computed', async () => {
  const graph = tinyGraph();
  const prompt = promptOf('a', textRoot(text(64)), question);
  await sample(graph, [prompt]);
  const { layOut } = graph;
  const moved = Object.assign(graph, {
    layOut: (...given: Parameters<typeof layOut>) => {
      const layout = layOut(...given);
      return { ...layout, time: layout.time.map((time) => 2 * time) };
    },
  });
  expect(await counted(moved, () => sample(moved, [prompt]))).toEqual([67, 0]);
});

test('nothing is found that other weights computed', async () => {
  const graph = tinyGraph();
  const prompt = promptOf('a', textRoot(text(100)), question);
  const double = (of: FamilyGraph) =>
    noGrad(() => scope(() => of.parameters().forEach((parameter) => void parameter.mul_(1.5))));
  await sample(graph, [prompt]);
  double(graph);
  let found: Completion[][] = [];
  expect(
    await counted(graph, async () => {
      found = await sample(graph, [prompt]);
    }),
  ).toEqual([103, 0]);
  const other = tinyGraph();
  double(other);
  expect(found).toEqual(await sample(other, [prompt]));
});

test('with one and two threads what is found has the same bits', async () => {
  const before = torch.getNumThreads();
  const prompts = [0, 1, 2].map((i) => promptOf(`${i}`, textRoot([...text(300), i]), question));
  try {
    const results: Completion[][][] = [];
    for (const threads of [1, 2]) {
      torch.setNumThreads(threads);
      const graph = tinyGraph();
      results.push(await sample(graph, prompts), await sample(graph, prompts));
    }
    for (const result of results) expect(result).toEqual(results[0]);
    expect(results[0]).toEqual(await Promise.all(prompts.map(alone)));
  } finally {
    torch.setNumThreads(before);
  }
});

describe('a cache that is full', () => {
  // 2 layers of 2 key heads of 16 widths: keys take 2 KiB a page and head, values 4 KiB.
  const pageBytes = 2 * 2 * (2048 + 4096);
  const sampled = async (graph: FamilyGraph, engine: DecodeEngine, prompt: Prompt) => {
    const sequences = await sampleByEngine(engine, sampleTask(graph, [prompt], params, options));
    return sequences.map((sequence) => finished(sequence, options));
  };

  test('gives up the prompts that were used least recently', async () => {
    const graph = tinyGraph();
    // A prompt takes 5 pages, its completions 2 more.
    const engine = DecodeEngine.of(graph, { cacheBytes: 12 * pageBytes }) as DecodeEngine;
    const prompts = ['a', 'b', 'c'].map((id, i) => promptOf(id, textRoot(text(120, 7 + 2 * i)), question));
    const computed = async (i: number) => {
      const before = engine.stats.prefilledTokens;
      expect(await sampled(graph, engine, prompts[i])).toEqual(await alone(prompts[i]));
      expect(engine.stats.kvBytes).toBeLessThanOrEqual(12 * pageBytes);
      return engine.stats.prefilledTokens - before;
    };
    expect(await computed(0)).toBe(123);
    expect(await computed(1)).toBe(123);
    expect(await computed(0)).toBe(0);
    // Room for it is that of 'b'.
    expect(await computed(2)).toBe(123);
    expect(await computed(0)).toBe(0);
    expect(await computed(1)).toBe(123);
    engine.close('it is done');
  });

  test('keeps as many bytes of prompts as it may, beginnings that only kept ones have included', async () => {
    const graph = tinyGraph();
    // 2 layers of 2 key heads of 16 widths: keys take 2 KiB a page and head, values 4 KiB.
    const keptBytes = 12 * 2 * 2 * (2048 + 4096);
    const engine = DecodeEngine.of(graph, { keptBytes }) as DecodeEngine;
    // Beginnings of 4 pages each, questions of one.
    for (let i = 0; i < 8; i += 1) {
      await sampled(graph, engine, promptOf('a', textRoot(text(120, i)), question));
      expect(engine.stats.kvBytes).toBeLessThanOrEqual(keptBytes);
    }
    expect(engine.stats.kvBytes).toBeGreaterThan(keptBytes / 2);
    engine.close('it is done');
  });

  test('serves who waits for room that the prompts of those behind hold', async () => {
    const graph = tinyGraph();
    const known = promptOf('a', textRoot(text(120)), question);
    const other = promptOf('b', textRoot(text(120, 11)), question);
    // 5 pages of the prompt, 13 of a completion: the other prompt's 5 and 10 find no room beside the first one's.
    const engine = DecodeEngine.of(graph, { cacheBytes: 18 * pageBytes }) as DecodeEngine;
    const grow = (prompt: Prompt, maxNewTokens: number, onStep?: () => void) => {
      const own = { ...params, numGenerations: 1, maxNewTokens };
      return sampleByEngine(engine, sampleTask(graph, [prompt], own, { ...options, onStep }));
    };
    let calls: Promise<{ ids: number[] }[]>[] | undefined;
    await grow(known, 400, () => {
      calls ??= [grow(other, 300), grow(known, 20)];
    });
    const found = (await Promise.all(calls ?? [])).flat().map(({ ids }) => ids);
    const own = async (prompt: Prompt, maxNewTokens: number) =>
      (await sample(tinyGraph(), [prompt], { numGenerations: 1, maxNewTokens }))[0][0].ids;
    expect(found).toEqual([await own(other, 300), await own(known, 20)]);
    engine.close('it is done');
  });

  test('waits where prompts hold the room whose requests are still to come', async () => {
    const graph = tinyGraph();
    const known = promptOf('a', textRoot(text(120)), question);
    const other = promptOf('b', textRoot(text(120, 11)), question);
    const engine = DecodeEngine.of(graph, { cacheBytes: 18 * pageBytes }) as DecodeEngine;
    const grow = (prompt: Prompt, maxNewTokens: number) =>
      sampleByEngine(
        engine,
        sampleTask(graph, [prompt], { ...params, numGenerations: 1, maxNewTokens }, options),
      );
    await grow(known, 20);
    const task = sampleTask(graph, [known], { ...params, numGenerations: 1, maxNewTokens: 20 }, options);
    const trees = task.trees.map(({ tree }) => tree);
    const nodes = engine.addPrompts(flattenTrees(trees, graph.layOut, { apart: true }), new Map(), 0);
    const waiting = grow(other, 300);
    // Long enough for the loop to look for room.
    await new Promise((resolve) => setTimeout(resolve, 100));
    engine.release(nodes);
    const [{ ids }] = await waiting;
    expect(ids).toEqual(
      (await sample(tinyGraph(), [other], { numGenerations: 1, maxNewTokens: 300 }))[0][0].ids,
    );
    engine.close('it is done');
  });

  test('keeps no prompt of which it may keep none', async () => {
    const graph = tinyGraph();
    const engine = DecodeEngine.of(graph, { keptBytes: 0 }) as DecodeEngine;
    await sampled(graph, engine, promptOf('a', textRoot(text(120)), question));
    expect(engine.stats.kvBytes).toBe(0);
    engine.close('it is done');
  });
});

test('memory statistics have the bytes of keys, values and packed weights until they are freed', async () => {
  const before = memoryStats();
  const graph = tinyGraph();
  await sample(graph, [promptOf('a', textRoot(text(100)), question)]);
  const during = memoryStats();
  const stats = samplingStats(graph);
  expect(during.kvBytes - before.kvBytes).toBe(stats?.kvBytes);
  expect(during.packedBytes - before.packedBytes).toBe(stats?.packedBytes);
  // Float32 in panels of 32 outputs: [q, k, v] of 128, out of 32, gate and up of 64 each, down of 32, a layer; head and table.
  const layer = 32 * 128 + 64 * 32 + 32 * 128 + 48 * 32;
  expect(stats?.packedBytes).toBeGreaterThanOrEqual(4 * (2 * layer + 2 * 64 * 32));
  expect(stats?.packedBytes).toBeLessThan(4 * (2 * layer + 2 * 64 * 32) + 4096);
  graph.dispose();
  expect(memoryStats()).toMatchObject({ kvBytes: before.kvBytes, packedBytes: before.packedBytes });
  expect(samplingStats(graph)).toBeNull();
});
