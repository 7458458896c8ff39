// A GRPO step whose gradient is not finite: nothing of the adapter and the optimizer changes, the samples are named, and the
// training goes on.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { torch } from '../../lib/tensor/index.js';
import { GRPOTrainer, readMetrics, type TrainableModel } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel } from './tiny-model.js';

const folder = temporaryFolder();

test('the step is skipped by name, weights and optimizer stay, the next one trains, and a resume agrees', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  let step = 0;
  let poisoned = '';
  const train = async (outputDir: string, resumeFrom?: string) => {
    const model = tinyModel() as TrainableModel & { graph: { addAdapter(options: object): void } };
    torch.manualSeed(5);
    model.graph.addAdapter({ r: 4, alpha: 16, dropout: 0.1 });
    const { graph } = model;
    const forward = graph.forward.bind(graph);
    let pass = 0;
    const samplePrompts: TrainableModel['samplePrompts'] = (prompts, ...rest) => {
      step += 1;
      pass = 0;
      if (step === 2) poisoned = prompts[1].id as string;
      return model.samplePrompts(prompts, ...rest);
    };
    // In the second step, what the learner computes for the second prompt is no number.
    graph.forward = (...args) => {
      const hidden = forward(...args);
      if (torch.isGradEnabled()) pass += 1;
      return step === 2 && pass === 2 ? hidden.mul(Number.NaN) : hidden;
    };
    return new GRPOTrainer({
      model: { ...model, samplePrompts },
      trainDataset: samples,
      rewardFuncs: [({ completions }) => completions.map((_, i) => i % 4)],
      config: {
        ...{ outputDir, maxSteps: 4, saveSteps: 1, loggingSteps: 1, learningRate: 1e-2, weightDecay: 0.1 },
        ...{ numGenerations: 4, perDeviceTrainBatchSize: 4, gradientAccumulationSteps: 3 },
        ...{ maxCompletionLength: 5, lrSchedulerType: 'constant' },
      },
    }).train({ resumeFrom });
  };
  const outputDir = join(folder.path, 'run');
  const { state } = await train(outputDir);
  expect(state).toMatchObject({ step: 4, skippedSteps: 1 });

  const bytes = (n: number, name: string) => readFileSync(join(outputDir, `checkpoint-${n}`, name), 'base64');
  for (const name of ['adapter_model.safetensors', 'optimizer.safetensors']) {
    expect(bytes(2, name)).toBe(bytes(1, name));
    expect(bytes(3, name)).not.toBe(bytes(2, name));
  }
  const lines = readMetrics(join(outputDir, 'metrics.jsonl'));
  expect(lines.filter((line) => line.skipped_samples)).toEqual([{ step: 2, skipped_samples: [poisoned] }]);
  expect(lines.at(-1)?.skipped_steps).toBe(1);
  expect(warn.mock.calls.map(([text]) => text)).toEqual([
    `step 2: gradient norm NaN, weights left as they were; samples ${poisoned}`,
  ]);
  // What is no number hides nothing else of its step.
  expect(lines.find((line) => line.step === 2 && 'reward' in line)).not.toHaveProperty('grad_norm');

  // The step counts, for the data and for what the checkpoint says.
  const fork = join(folder.path, 'fork');
  const resumed = await train(fork, join(outputDir, 'checkpoint-2'));
  expect(resumed.state).toMatchObject({ step: 4, skippedSteps: 1 });
  const last = (of: string) => readFileSync(join(of, 'checkpoint-4', 'adapter_model.safetensors'), 'base64');
  expect(last(fork)).toBe(last(outputDir));
  warn.mockRestore();
});
