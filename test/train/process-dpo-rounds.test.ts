// Rounds of process DPO: each is held to what the round before left, and a killed training goes on bit for bit.

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PairRecord } from '../../lib/data/index.js';
import type { OmniGraph } from '../../lib/models/index.js';
import { type StateDict, torch } from '../../lib/tensor/index.js';
import { type ProcessDPOConfigInput, ProcessDPOTrainer } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();

const pairs = samples.map(
  ({ id }, i): PairRecord => ({
    ...{ sampleId: id, prefix: ['m'], chosen: 'abcdefghijkl'[i], rejected: 'nopqrstuvwxy'[i] },
    ...{ pChosen: 1, pRejected: 0, alpha: 0.9, kind: 'step' },
  }),
);

interface Options {
  adapter?: boolean;
  resumeFrom?: string;
  /** Steps, counted over all rounds, after which it is ended. */
  end?: number;
}

async function train(config: ProcessDPOConfigInput, { adapter = false, resumeFrom, end }: Options = {}) {
  const model = tinyModel();
  const graph = model.graph as OmniGraph;
  if (adapter) graph.addAdapter({ r: 4, alpha: 16, dropout: 0.1 });
  const lines: Record<string, number>[] = [];
  let steps = 0;
  const trainer = new ProcessDPOTrainer({
    model,
    samples,
    trainDataset: pairs,
    config: {
      ...{ rounds: 3, maxSteps: 4, saveSteps: 2, perDeviceTrainBatchSize: 4, loggingSteps: 1 },
      ...{ learningRate: 1e-2, lrSchedulerType: 'constant', ...config },
    },
    callbacks: [
      {
        onLog: (_, __, metrics) => void lines.push(metrics),
        onStepEnd(_, control) {
          steps += 1;
          if (steps === end) control.stop('enough');
        },
      },
    ],
  });
  const result = await trainer.train({ resumeFrom });
  const adapterWeights = graph.adapter
    ? Object.entries(graph.adapter.stateDict()).map(([name, tensor]) => [name, tensor.toArray()])
    : [];
  return { lines, result, graph, trainer, trained: [weights(model), adapterWeights] };
}

describe.each([
  ['all weights', false],
  ['an adapter', true],
])('%s', (name, adapter) => {
  const config = (run: string) => ({ outputDir: join(folder.path, `${run}, ${name}`) });

  test('each round begins at the model that the one before left', async () => {
    const { lines, result, trainer } = await train(config('whole'), { adapter });
    expect(trainer.maxSteps).toBe(12);
    expect(lines).toHaveLength(12);
    // The policy is the reference again: every log-ratio is 0.
    for (const first of [0, 4, 8]) {
      expect(lines[first].loss).toBeCloseTo(Math.LN2, 6);
      expect(Math.abs(lines[first]['rewards/margins'])).toBeLessThan(1e-6);
      expect(lines[first + 3].loss).toBeLessThan(lines[first].loss - 1e-3);
    }
    // What was learned stays: the chosen ones become likelier over the rounds, and the rejected ones less likely.
    const gap = (line: Record<string, number>) => line['logps/chosen'] - line['logps/rejected'];
    expect(gap(lines[11])).toBeGreaterThan(gap(lines[7]));
    expect(result.checkpoint).toMatch(/round-3.checkpoint-4$/);
  });

  test.each([
    ['in the first round', 'round-1/checkpoint-2', 3],
    ['at the end of a round', 'round-1/checkpoint-4', 4],
    ['in a later round', 'round-3/checkpoint-2', 11],
  ])('resumed %s, it ends with the same weights, bit for bit', async (_, checkpoint, end) => {
    const whole = await train({ outputDir: null }, { adapter });
    const parts = config(`parts ${end}`);
    const ended = await train(parts, { adapter, end });
    // No round begins after one that a callback has ended.
    if (end % 4 !== 0) expect(ended.lines).toHaveLength(end);
    const resumed = await train(parts, { adapter, resumeFrom: join(parts.outputDir, checkpoint) });
    expect(resumed.trained).toEqual(whole.trained);
    expect(resumed.lines.at(-1)!.loss).toBe(whole.lines.at(-1)!.loss);
  });
});

test('the merged adapters stand in the folders of their rounds; a later round cannot begin without them', async () => {
  const outputDir = join(folder.path, 'adapters');
  const { graph } = await train({ outputDir }, { adapter: true });
  expect(graph.adapter!.options).toMatchObject({ r: 4, alpha: 16 });
  expect([1, 2, 3].map((round) => existsSync(join(outputDir, `round-${round}`, 'adapter')))).toEqual([
    true,
    true,
    false,
  ]);
  rmSync(join(outputDir, 'round-2', 'adapter'), { recursive: true });
  const resumeFrom = join(outputDir, 'round-3', 'checkpoint-2');
  await expect(train({ outputDir }, { adapter: true, resumeFrom })).rejects.toThrow(
    /round-2.adapter is missing: round 3 began with the adapters of all rounds before it merged/,
  );
});

test('the adapter of each round begins with numbers of its own', async () => {
  const outputDir = join(folder.path, 'numbers');
  const { graph } = await train({ outputDir, learningRate: 1e-9 }, { adapter: true });
  /** In order: files and adapters list their modules in different ones. */
  const numbers = (stateDict: StateDict) =>
    Object.entries(stateDict)
      .filter(([name]) => name.includes('lora_A'))
      .flatMap(([, tensor]) => tensor.reshape([-1]).toArray() as number[])
      .sort((a, b) => a - b);
  const second = numbers(torch.load(join(outputDir, 'round-2', 'adapter', 'adapter_model.safetensors')));
  const third = numbers(graph.adapter!.stateDict());
  expect(second).toHaveLength(third.length);
  // The same numbers would differ by what was learned alone.
  expect(Math.max(...second.map((value, i) => Math.abs(value - third[i])))).toBeGreaterThan(1e-3);
});

test('a checkpoint of no round is refused', async () => {
  await expect(train({ outputDir: null }, { resumeFrom: 'run/checkpoint-2' })).rejects.toThrow(
    /resumeFrom: got "run\/checkpoint-2", expected a checkpoint in a folder round-1 to round-3/,
  );
});

test('a training of one round writes into outputDir itself', async () => {
  const outputDir = join(folder.path, 'one');
  const { result } = await train({ outputDir, rounds: 1 });
  expect(result.checkpoint).toBe(join(outputDir, 'checkpoint-4'));
});
