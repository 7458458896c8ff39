/**
 * Sampling on a GPU: its decode steps are captured as a graph, and each replay gives the bits that the same launches give one by
 * one. `npm run test:gpu` runs this; without a GPU, or with an addon without GPU kernels, the reason is printed and nothing runs.
 */

import { type Recorder, recorderOf } from '../../lib/rollout/captured-steps.js';
import { sampleByModules } from '../../lib/rollout/module-sampler.js';
import { sampleTask } from '../../lib/rollout/sample-task.js';
import { CudaGraph, type Tensor, torch } from '../../lib/tensor/index.js';
import { tinyGraph } from '../models/tiny.js';
import { promptOf, textRoot } from '../rollout/prompts.js';
import { recorder } from '../rollout/recorder.js';
import { gpuTest } from './gpu.js';

const onGpu = gpuTest('captured decode steps');

const params = {
  ...{ numGenerations: 8, maxNewTokens: 40, seed: 3, temperature: 1 },
  ...{ topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 },
};
const long = Array.from({ length: 200 }, (_, i) => 1 + ((i * 7) % 60));
const prompts = [promptOf('a', textRoot([1, 2, 3]), [4]), promptOf('b', textRoot(long), [5, 6])];
const stopIds = [3, 8, 13, 18, 23, 28, 33];
const decode = (ids: readonly number[]) => ids.join(' ');

onGpu('a captured graph computes with what is copied into its inputs', () => {
  const x = torch.ones([4], { device: 'cuda:0' });
  const twice = (): Tensor => x.mul(2);
  CudaGraph.warmUp('cuda:0', twice).dispose();
  const { graph, result } = CudaGraph.capture('cuda:0', twice);
  for (const value of [3, 5]) {
    x.fill_(value);
    graph.replay();
    expect(result.toArray()).toEqual(Array(4).fill(2 * value));
  }
  graph.dispose();
});

onGpu('a capture that waits for the GPU is refused, and the process goes on', () => {
  const x = torch.ones([4], { device: 'cuda:0' });
  expect(() => CudaGraph.capture('cuda:0', () => x.sum().item())).toThrow();
  expect(x.sum().item()).toBe(4);
});

onGpu('the sampler replays its steps, to the bits of the same launches', async () => {
  const model = tinyGraph().to({ device: 'cuda:0', dtype: 'bfloat16' });
  const own = recorderOf(model) as Recorder;
  expect(own).not.toBeNull();
  const warnings: string[] = [];
  const listen = (warning: Error) => warnings.push(warning.message);
  process.on('warning', listen);
  let captures = 0;
  const counted: Recorder = {
    warmUp: (device, launch) => own.warmUp(device, launch),
    capture(device, launch) {
      captures += 1;
      return own.capture(device, launch);
    },
  };
  const sample = (record: Recorder | null) =>
    sampleByModules(sampleTask(model, prompts, params, { stopIds, decode }), record);
  const [replayed, again] = [await sample(counted), await sample(recorder().record)];
  process.off('warning', listen);
  expect(captures).toBeGreaterThan(0);
  expect(warnings.filter((it) => it.includes('captured'))).toEqual([]);
  expect(replayed.map(({ ids, logprobs }) => [ids, logprobs])).toEqual(
    again.map(({ ids, logprobs }) => [ids, logprobs]),
  );
  // The modules step by step have other tiles: the first tokens' log-probabilities differ by rounding alone.
  const stepwise = await sample(null);
  replayed.forEach(({ ids, logprobs }, i) => {
    expect(ids[0]).toBe(stepwise[i].ids[0]);
    expect(Math.abs(logprobs[0] - stepwise[i].logprobs[0])).toBeLessThan(2e-2);
  });
});
