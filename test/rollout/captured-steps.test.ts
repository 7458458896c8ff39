// What a GPU replays, on the CPU: steps whose tensors stay and whose launches do not change sample what the modules sample.
// The recorder here computes again where a GPU replays its graph; test/gpu has the graph itself.
import { join } from 'node:path';
import type { Prompt } from '../../lib/batch/index.js';
import type { SamplingParams } from '../../lib/data/index.js';
import { type FamilyGraph, loadGraph } from '../../lib/models/index.js';
import type { Recorder } from '../../lib/rollout/captured-steps.js';
import { sampleByModules } from '../../lib/rollout/module-sampler.js';
import { sampleTask } from '../../lib/rollout/sample-task.js';
import { memoryStats } from '../../lib/runtime/index.js';
import { tinyGraph } from '../models/tiny.js';
import { decodeIds as decode, promptOf, textRoot, unrestricted } from './prompts.js';
import { recorder } from './recorder.js';

const params: SamplingParams = { ...unrestricted, numGenerations: 4, maxNewTokens: 30 };
const long = Array.from({ length: 150 }, (_, i) => 1 + ((i * 7) % 60));
const prompts: Prompt[] = [
  promptOf('a', textRoot([1, 2, 3, 4]), [10, 11, 12]),
  promptOf('b', textRoot([5]), [20]),
  promptOf('c', textRoot(long), [30, 31]),
];

const sample = (graph: FamilyGraph, record: Recorder | null, stopIds: number[] = []) =>
  sampleByModules(sampleTask(graph, prompts, params, { stopIds, decode }), record);

const graphs: [string, () => FamilyGraph][] = [
  ['the tiny model of three towers', tinyGraph],
  ['Qwen2', () => loadGraph(join(__dirname, '../fixtures/models/hf/qwen2'), { dtype: 'float32' })],
];

test.each(graphs)(
  '%s: the same ids, and log-probabilities that differ by rounding alone',
  async (_, make) => {
    const graph = make();
    const { record, counts } = recorder();
    const [replayed, stepwise] = [await sample(graph, record), await sample(graph, null)];
    expect(replayed.map(({ ids }) => ids)).toEqual(stepwise.map(({ ids }) => ids));
    replayed.forEach(({ logprobs }, i) => {
      for (const [t, logprob] of logprobs.entries()) expect(logprob).toBeCloseTo(stepwise[i].logprobs[t], 4);
    });
    // The prompts' pass gives the first token, the last token is not fed.
    const steps = params.maxNewTokens - 1;
    expect(counts).toEqual({ warmUps: 1, captures: 1, replays: steps - 1, freed: 1 });
  },
);

test('completions that end leave the graph when half of them have', async () => {
  const graph = tinyGraph();
  const stopIds = Array.from({ length: 12 }, (_, i) => 5 * i + 3);
  const { record, counts } = recorder();
  const [replayed, stepwise] = [await sample(graph, record, stopIds), await sample(graph, null, stopIds)];
  expect(replayed.map(({ ids, finishReason }) => [ids, finishReason])).toEqual(
    stepwise.map(({ ids, finishReason }) => [ids, finishReason]),
  );
  const lengths = new Set(replayed.map(({ ids }) => ids.length));
  expect(lengths.size).toBeGreaterThan(4);
  expect(counts.warmUps).toBeGreaterThan(1);
  expect(counts.freed).toBe(counts.captures);
});

test('where a step cannot be captured, a warning says why, and the modules go on', async () => {
  const graph = tinyGraph();
  const warnings: string[] = [];
  const listen = jest.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warnings.push(String(warning));
  });
  const { record } = recorder();
  const refuses: Recorder = {
    ...record,
    capture() {
      throw new Error('operation not permitted when stream is capturing');
    },
  };
  const [first, second] = [await sample(graph, refuses), await sample(graph, refuses)];
  listen.mockRestore();
  expect(warnings).toEqual([
    'sampling: steps on the GPU are not captured as a graph: operation not permitted when stream is capturing',
  ]);
  const stepwise = await sample(graph, null);
  for (const sampled of [first, second])
    expect(sampled.map(({ ids }) => ids)).toEqual(stepwise.map(({ ids }) => ids));
});

test('nothing of the graphs stays after the call', async () => {
  const graph = tinyGraph();
  await sample(graph, recorder().record);
  const before = memoryStats().liveTensors;
  await sample(graph, recorder().record);
  expect(memoryStats().liveTensors).toBe(before);
});
