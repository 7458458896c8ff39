// The engine samples what the modules sample: the same ids, and log-probabilities that differ by rounding alone.
import { join } from 'node:path';
import { tokenLogprobs } from '../../lib/algorithms/index.js';
import { completionTree, flattenTrees, type Prompt, packTensors } from '../../lib/batch/index.js';
import type { Completion, SamplingParams } from '../../lib/data/index.js';
import { type FamilyGraph, loadGraph } from '../../lib/models/index.js';
import { AdamW } from '../../lib/nn/optim/index.js';
import { type SamplerOptions, sampleBatch, samplingStats } from '../../lib/rollout/index.js';
import { noGrad, scope, torch } from '../../lib/tensor/index.js';
import { published } from '../models/published-folders.js';
import { tinyGraph } from '../models/tiny.js';
import { modulePath } from './module-path.js';
import { decodeIds as decode, promptOf, textRoot, unrestricted } from './prompts.js';

const params: SamplingParams = { ...unrestricted, numGenerations: 4, maxNewTokens: 40 };
const shared = textRoot([1, 2, 3, 4]);
const long = Array.from({ length: 300 }, (_, i) => 1 + ((i * 7) % 60));
const prompts: Prompt[] = [
  promptOf('a', shared, [10, 11, 12]),
  promptOf('b', shared, [20]),
  promptOf('c', textRoot(long), [30, 31]),
];

type Settings = Partial<SamplingParams> & Partial<SamplerOptions>;
function sample(graph: FamilyGraph, asked: readonly Prompt[], settings: Settings = {}) {
  const { stopIds = [], prefixes, streams, signal, onStep, onText, ...rest } = settings;
  return sampleBatch(
    graph,
    asked,
    { ...params, ...rest },
    { stopIds, decode, prefixes, streams, signal, onStep, onText },
  );
}

const idsOf = (completions: Completion[][]) => completions.map((group) => group.map(({ ids }) => ids));

/** Ids are equal, log-probabilities to `tolerance`. */
function expectSame(own: Completion[][], other: Completion[][], tolerance = 2e-5): void {
  expect(idsOf(own)).toEqual(idsOf(other));
  expect(own.flat().map(({ finishReason }) => finishReason)).toEqual(
    other.flat().map(({ finishReason }) => finishReason),
  );
  own.flat().forEach(({ logprobs }, i) => {
    const theirs = other.flat()[i].logprobs;
    expect(Math.max(...logprobs.map((logprob, t) => Math.abs(logprob - theirs[t])))).toBeLessThan(tolerance);
  });
}

/** Log-probabilities of all tokens of the completions by one pass of a learner. */
function taught(graph: FamilyGraph, asked: readonly Prompt[], completions: Completion[][]): number[] {
  return noGrad(() =>
    scope(() => {
      const trees = asked.map((prompt, i) =>
        completionTree(
          prompt,
          completions[i].map(({ ids }) => ids),
        ),
      );
      const { packed, targets } = packTensors(flattenTrees(trees, graph.layOut), 'cpu');
      const { logp } = tokenLogprobs(graph.forward(packed), graph.headWeight, targets.targets, targets.rows);
      return logp.toArray() as number[];
    }),
  );
}

const settings: Record<string, Settings> = {
  greedy: { temperature: 0, numGenerations: 1 },
  plain: {},
  cold: { temperature: 0.7 },
  topK: { topK: 5 },
  topP: { topP: 0.8 },
  minP: { minP: 0.05 },
  penalty: { repetitionPenalty: 1.3 },
  all: { temperature: 0.8, topK: 20, topP: 0.9, minP: 0.02, repetitionPenalty: 1.1 },
  stops: { stopIds: [5, 9, 13, 40, 41, 42] },
  prefixes: { prefixes: [[7, 8], [], [9]], streams: [1, 2, 3] },
};

const tiny = tinyGraph();
const tinyModules = modulePath(tiny);

test.each(Object.keys(settings))('the tiny model of three towers, %s', async (name) => {
  const sampled = await sample(tiny, prompts, settings[name]);
  expectSame(sampled, await sample(tinyModules, prompts, settings[name]));
});

const float32 = published.filter((name) => !name.endsWith('bf16'));
test.each(float32)('%s by every setting', async (name) => {
  const graph = loadGraph(join(__dirname, '../fixtures/models/hf', name));
  const modules = modulePath(graph);
  for (const options of Object.values(settings)) {
    expectSame(await sample(graph, prompts, options), await sample(modules, prompts, options));
  }
});

describe('in bfloat16', () => {
  const computing = (graph: FamilyGraph): FamilyGraph => {
    graph.computeIn('bfloat16');
    return graph;
  };
  const folder = join(__dirname, '../fixtures/models/hf/qwen2-tied-bf16');
  const learners = {
    weights: () => loadGraph(folder, { dtype: 'bfloat16' }),
    'products of float32 weights': () => computing(loadGraph(folder, { dtype: 'float32' })),
  };
  test.each(Object.keys(learners) as (keyof typeof learners)[])(
    '%s: the sampler says what the learner says, to rounding, and no worse than it',
    async (kind) => {
      const learner = learners[kind]();
      const exact = loadGraph(folder, { dtype: 'float32' });
      const sampled = await sample(learner, prompts, { numGenerations: 8 });
      const own = sampled.flat().flatMap(({ logprobs }) => logprobs);
      const [byLearner, byExact] = [learner, exact].map((graph) => taught(graph, prompts, sampled));
      const mean = (other: number[]) =>
        own.reduce((sum, logprob, t) => sum + Math.abs(logprob - other[t]), 0) / own.length;
      const learnersError =
        byLearner.reduce((sum, logprob, t) => sum + Math.abs(logprob - byExact[t]), 0) / own.length;
      expect(own).toHaveLength(3 * 8 * 40);
      expect(mean(byLearner)).toBeLessThan(2e-2);
      expect(mean(byExact)).toBeLessThan(2 * learnersError);
      // It rounds, as the learner does.
      expect(mean(byExact)).toBeGreaterThan(1e-5);
    },
  );

  test('layers that compute in bfloat16 are packed in half of the bytes', async () => {
    const graph = loadGraph(folder, { dtype: 'float32' });
    const bytes = async () => {
      await sample(graph, prompts);
      return samplingStats(graph)?.packedBytes as number;
    };
    const whole = await bytes();
    const products = graph
      .namedParameters()
      .filter(([path]) => /layers.*proj.weight/.test(path))
      .reduce((sum, [, weight]) => sum + weight.numel(), 0);
    graph.computeIn('bfloat16');
    // Panels of 32 outputs: those that are not full hold zeros too.
    expect(whole - (await bytes())).toBeGreaterThanOrEqual(2 * products);
    graph.computeIn(null);
    expect(await bytes()).toBe(whole);
  });
});

test('a model that is converted has the bits of one that was loaded so', async () => {
  const folder = join(__dirname, '../fixtures/models/hf/qwen2');
  const converted = loadGraph(folder, { dtype: 'float32' });
  await sample(converted, prompts);
  converted.to('bfloat16');
  expect(await sample(converted, prompts)).toEqual(
    await sample(loadGraph(folder, { dtype: 'bfloat16' }), prompts),
  );
});

describe('a completion has the same bits', () => {
  const asked = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      promptOf(`p${i}`, i % 3 === 0 ? shared : textRoot(long.slice(0, 40 + i)), [10 + (i % 40), 3]),
    );

  test('alone, among 7 and among 128', async () => {
    const options = { numGenerations: 1, maxNewTokens: 24 };
    const all = await sample(tiny, asked(128), options);
    const seven = await sample(tiny, asked(7), options);
    expect(seven).toEqual(all.slice(0, 7));
    for (const i of [0, 1, 6]) expect(await sample(tiny, [asked(7)[i]], options)).toEqual([all[i]]);
  });

  test('beside calls that come later', async () => {
    const alone = await sample(tiny, prompts);
    let later: Promise<Completion[][]> | null = null;
    const first = await sample(tiny, prompts, {
      onStep: () => {
        later ??= sample(tiny, [prompts[2], prompts[0]]);
      },
    });
    expect(first).toEqual(alone);
    expect(await later).toEqual([alone[2], alone[0]]);
  });

  test('with one and two threads, also when the number changes while it grows', async () => {
    const before = torch.getNumThreads();
    try {
      torch.setNumThreads(1);
      const one = await sample(tiny, prompts);
      torch.setNumThreads(2);
      expect(await sample(tiny, prompts)).toEqual(one);
      const growing = sample(tiny, prompts);
      torch.setNumThreads(1);
      const other = sample(tiny, prompts);
      expect(await growing).toEqual(one);
      expect(await other).toEqual(one);
    } finally {
      torch.setNumThreads(before);
    }
  });
});

describe('the engine has the weights that the graph has', () => {
  /** Samples by both, after each change of both. */
  async function follows(change: (graph: FamilyGraph) => void, settingsOf: Settings = {}): Promise<void> {
    const graph = tinyGraph();
    const before = await sample(graph, prompts, settingsOf);
    change(graph);
    const after = await sample(graph, prompts, settingsOf);
    expect(idsOf(after)).not.toEqual(idsOf(before));
    expectSame(after, await sample(modulePath(graph), prompts, settingsOf));
  }
  const other = () => {
    torch.manualSeed(8);
    return scope(() =>
      Object.fromEntries(
        Object.entries(tinyGraph().stateDict()).map(([name, tensor]) => [
          name,
          tensor.add(torch.randnLike(tensor).mul(0.3)),
        ]),
      ),
    );
  };

  test('after a change in place', () =>
    follows((graph) => noGrad(() => scope(() => graph.parameters().forEach((p) => void p.mul_(1.5))))));
  test('after loadStateDict', () => follows((graph) => void graph.loadStateDict(other())));
  test('after loadStateDict with assign', () =>
    follows((graph) => void graph.loadStateDict(other(), { assign: true })));
  test.each([1, 4])('after step %i of AdamW', (steps) =>
    follows((graph) => {
      const optimizer = new AdamW(graph.parameters(), { lr: 0.05 });
      for (let step = 0; step < steps; step++) {
        scope(() => {
          graph
            .logits({ inputIds: [1, 2, 3, 4] })
            .logsumexp(-1)
            .sum()
            .neg()
            .backward();
          optimizer.step();
          optimizer.zeroGrad();
        });
      }
    }),
  );
  test('after norms alone changed', () =>
    follows((graph) =>
      noGrad(() =>
        scope(() => {
          for (const [name, p] of graph.namedParameters()) if (/layers.*norm/.test(name)) p.mul_(-1.5);
        }),
      ),
    ));

  test('that changed while they were packed', async () => {
    const graph = tinyGraph();
    const change = () =>
      noGrad(() => scope(() => graph.parameters().forEach((parameter) => void parameter.mul_(1.2))));
    const describe = graph.decoder.bind(graph);
    let changes = 0;
    const decoder = jest.spyOn(graph, 'decoder').mockImplementation(() => {
      const description = describe() as NonNullable<ReturnType<typeof describe>>;
      const [first, ...others] = description.layers;
      const second = () => {
        // The first layer is packed already.
        if (changes < 2) change();
        changes += 1;
        return others[0]();
      };
      return { ...description, layers: [first, second, ...others.slice(1)] };
    });
    const sampled = await sample(graph, prompts);
    decoder.mockRestore();
    expectSame(sampled, await sample(modulePath(graph), prompts));
    expect(await sample(graph, prompts)).toEqual(sampled);
  });

  describe.each([{}, { dora: true }])('with an adapter %j', (kind) => {
    const adapted = () => {
      const graph = tinyGraph();
      graph.addAdapter({ r: 4, ...kind });
      torch.manualSeed(4);
      noGrad(() =>
        scope(() => graph.adapter?.parameters().forEach((p) => void p.add_(torch.randnLike(p).mul(0.3)))),
      );
      return graph;
    };

    test('merged into its own copy only, and left out where the caller leaves it out, at the same time', async () => {
      const graph = adapted();
      const weights = () => Object.values(graph.stateDict()).map((tensor) => tensor.toArray());
      const before = weights();
      const [own, without, again] = await Promise.all([
        sample(graph, prompts),
        graph.withoutAdapter(() => sample(graph, prompts)),
        sample(graph, prompts),
      ]);
      expect(weights()).toEqual(before);
      expectSame(own, await sample(modulePath(graph), prompts));
      expect(without).toEqual(await sample(tinyGraph(), prompts));
      expect(again).toEqual(own);
      expect(idsOf(own)).not.toEqual(idsOf(without));
    });

    test('follows its updates, its merge and its removal', async () => {
      const graph = adapted();
      await sample(graph, prompts);
      noGrad(() => scope(() => graph.adapter?.parameters().forEach((p) => void p.mul_(-1))));
      const changed = await sample(graph, prompts);
      expectSame(changed, await sample(modulePath(graph), prompts));
      graph.mergeAdapter();
      expect(idsOf(await sample(graph, prompts))).toEqual(idsOf(changed));
      const removed = adapted();
      await sample(removed, prompts);
      removed.removeAdapter();
      expect(await sample(removed, prompts)).toEqual(await sample(tinyGraph(), prompts));
    });
  });
});
