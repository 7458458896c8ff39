// What a training may continue and what it may write over: the checks of resumeFrom and outputDir.

import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OmniGraph } from '../../lib/models/index.js';
import {
  ConfigError,
  GRPOTrainer,
  readMetrics,
  type SFTConfigInput,
  SFTTrainer,
} from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { answerOnly, samples, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();
const at = (...names: string[]) => join(folder.path, ...names);
let warnings: jest.SpyInstance;
beforeEach(() => {
  warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => warnings.mockRestore());

const common = {
  learningRate: 1e-2,
  lrSchedulerType: 'constant' as const,
  perDeviceTrainBatchSize: 3,
  loggingSteps: 1,
};

function train(
  config: SFTConfigInput,
  {
    model = tinyModel(),
    data = samples,
    resumeFrom,
  }: { model?: ReturnType<typeof tinyModel>; data?: typeof samples; resumeFrom?: string } = {},
) {
  return new SFTTrainer({
    model,
    trainDataset: data,
    formatCompletion: answerOnly,
    config: { ...common, outputDir: at('run'), ...config },
  }).train({ resumeFrom });
}

describe('a resume', () => {
  const checkpoint = () => at('run/checkpoint-2');
  beforeEach(() => train({ maxSteps: 2 }));

  const moved = samples.map((sample) => ({ ...sample, video: `/elsewhere/${sample.video}` }));
  const wider = () => {
    const model = tinyModel();
    const { text, ...rest } = (model.graph as OmniGraph).config;
    return { ...model, graph: new OmniGraph({ ...rest, text: { ...text, intermediate: 96 } }) };
  };

  test.each<[string, SFTConfigInput, object, string]>([
    [
      'fewer samples',
      {},
      { data: samples.slice(0, 5) },
      'trainDataset: samples: 12 in the checkpoint, now 5',
    ],
    [
      'other samples',
      {},
      { data: [...samples.slice(1), { ...samples[0], answer: 'b' }] },
      'trainDataset: other samples',
    ],
    ['another order', {}, { data: [...samples].reverse() }, 'or in another order'],
    [
      'a sample of another clip',
      {},
      { data: samples.map((s, i) => (i === 3 ? { ...s, video: 'x' } : s)) },
      'trainDataset: other samples',
    ],
    [
      'other batches',
      { perDeviceTrainBatchSize: 4 },
      {},
      'samples in a step (perDeviceTrainBatchSize, gradientAccumulationSteps): 3 in the checkpoint, now 4',
    ],
    ['another seed', { seed: 7 }, {}, 'seed: 42 in the checkpoint, now 7'],
    ['another optimizer', { optim: 'muon' }, {}, 'optim: "adamw" in the checkpoint, now "muon"'],
  ])('with %s is refused', async (_, config, options, problem) => {
    const before = readdirSync(at('run'));
    const resumed = train({ maxSteps: 9, ...config }, { ...options, resumeFrom: checkpoint() });
    await expect(resumed).rejects.toThrow(ConfigError);
    await expect(resumed).rejects.toThrow(`resumeFrom: ${checkpoint()} is of another training: `);
    await expect(resumed).rejects.toThrow(problem);
    expect(readdirSync(at('run'))).toEqual(before);
  });

  test('by a model of another shape is refused by the sizes that differ', async () => {
    await expect(train({ maxSteps: 9 }, { model: wider(), resumeFrom: checkpoint() })).rejects.toThrow(
      'model: text.intermediate: 64 in the checkpoint, now 96',
    );
  });

  test('by another trainer is refused', async () => {
    const grpo = new GRPOTrainer({
      model: tinyModel(),
      trainDataset: samples,
      rewardFuncs: [({ completions }) => completions.map(() => 1)],
      config: { outputDir: at('run') },
    });
    await expect(grpo.train({ resumeFrom: checkpoint() })).rejects.toThrow(
      'trainer: "SFTTrainer" in the checkpoint, now "GRPOTrainer"',
    );
  });

  test('names everything that differs at once', async () => {
    const resumed = train({ seed: 1, optim: 'muon' }, { data: moved.slice(1), resumeFrom: checkpoint() });
    await expect(resumed).rejects.toThrow(/samples: 12 .* 11; seed: 42 .* 1; optim: /);
  });

  test('with clips that moved together, and a step cut otherwise, goes on', async () => {
    const config = { maxSteps: 3, perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 3 };
    expect((await train(config, { data: moved, resumeFrom: checkpoint() })).state.step).toBe(3);
  });

  test('with another learning rate trains by it, and says so', async () => {
    const resumed = tinyModel();
    const before = weights(await loaded(checkpoint()));
    await train({ maxSteps: 3, learningRate: 1e-12 }, { model: resumed, resumeFrom: checkpoint() });
    const differences = (Object.values(weights(resumed)).flat(9) as number[]).map((weight, i) =>
      Math.abs(weight - (Object.values(before).flat(9) as number[])[i]),
    );
    // AdamW's third step moves a weight by not much more than the learning rate.
    expect(Math.max(...differences)).toBeLessThan(1e-7);
    expect(readMetrics(at('run/metrics.jsonl')).at(-1)).toMatchObject({ step: 3, learning_rate: 1e-12 });
    expect(warnings).toHaveBeenCalledTimes(1);
    expect(warnings.mock.calls[0][0]).toBe(
      `${checkpoint()} is continued with other settings, from step 3 on: maxSteps 2 -> 3, learningRate 0.01 -> 1e-12`,
    );
  });

  test('with nothing changed says nothing', async () => {
    await train({ maxSteps: 2 }, { resumeFrom: checkpoint() });
    expect(warnings).not.toHaveBeenCalled();
  });

  test('drops the checkpoints and metrics after the one that it continues', async () => {
    await train({ maxSteps: 6, saveSteps: 2 }, { resumeFrom: checkpoint() });
    expect(readdirSync(at('run')).sort()).toEqual([
      'checkpoint-2',
      'checkpoint-4',
      'checkpoint-6',
      'metrics.jsonl',
      'run.json',
    ]);
    await train({ maxSteps: 3, saveTotalLimit: 1 }, { resumeFrom: checkpoint() });
    expect(readdirSync(at('run')).sort()).toEqual(['checkpoint-3', 'metrics.jsonl', 'run.json']);
    expect(readMetrics(at('run/metrics.jsonl')).map(({ step }) => step)).toEqual([1, 2, 3]);
  });

  test('into another folder leaves the first as it is', async () => {
    const { state } = await train({ maxSteps: 3, outputDir: at('fork') }, { resumeFrom: checkpoint() });
    expect(state.step).toBe(3);
    expect(readdirSync(at('run')).sort()).toEqual(['checkpoint-2', 'metrics.jsonl', 'run.json']);
    expect(readMetrics(at('fork/metrics.jsonl')).map(({ step }) => step)).toEqual([3]);
    const again = train({ maxSteps: 4, outputDir: at('fork') }, { resumeFrom: checkpoint() });
    await expect(again).rejects.toThrow(`outputDir: ${at('fork')} holds the metrics of another training`);
  });

  test('that is refused replaces nothing in another folder', async () => {
    await train({ maxSteps: 1, outputDir: at('other') });
    const metrics = readFileSync(at('other/metrics.jsonl'), 'utf8');
    const config = { maxSteps: 3, seed: 7, outputDir: at('other'), overwriteOutputDir: true };
    await expect(train(config, { resumeFrom: checkpoint() })).rejects.toThrow('seed: 42 in the checkpoint');
    expect(readdirSync(at('other')).sort()).toEqual(['checkpoint-1', 'metrics.jsonl', 'run.json']);
    expect(readFileSync(at('other/metrics.jsonl'), 'utf8')).toBe(metrics);
  });

  test('with a KL penalty keeps its reference model, also into another folder', async () => {
    const grpo = (outputDir: string, maxSteps: number, resumeFrom?: string) =>
      new GRPOTrainer({
        model: tinyModel(),
        trainDataset: samples,
        rewardFuncs: [({ completions }) => completions.map((text) => text.length)],
        config: { outputDir, maxSteps, beta: 0.1, maxCompletionLength: 4, learningRate: 1e-2 },
      }).train({ resumeFrom });
    const reference = (name: string) => readFileSync(at(name, 'reference.safetensors'));
    await grpo(at('kl'), 2);
    const first = reference('kl');
    await grpo(at('kl-fork'), 3, at('kl/checkpoint-2'));
    await grpo(at('kl-fork'), 4, at('kl-fork/checkpoint-3'));
    expect(reference('kl-fork').equals(first)).toBe(true);
  });

  async function loaded(from: string) {
    const model = tinyModel(5);
    await train({ maxSteps: 2, outputDir: null }, { model, resumeFrom: from });
    return model;
  }
});

describe('an outputDir that holds a training', () => {
  test('is refused with the ways out, to the next trainer of the program too', async () => {
    await train({ maxSteps: 1 });
    const files = readFileSync(at('run/metrics.jsonl'), 'utf8');
    const second = train({ maxSteps: 1 });
    await expect(second).rejects.toThrow(ConfigError);
    await expect(second).rejects.toThrow(
      `outputDir: ${at('run')} holds the metrics of another training: continue it with ` +
        `train({ resumeFrom: '${at('run/checkpoint-1')}' }), give another outputDir, or replace it by ` +
        "overwriteOutputDir: true ('earsight train': --overwrite)",
    );
    expect(readFileSync(at('run/metrics.jsonl'), 'utf8')).toBe(files);
    renameSync(at('run'), at('moved'));
    expect((await train({ maxSteps: 1 })).state.step).toBe(1);
  });

  test('is refused while the other still trains', async () => {
    let second: Promise<unknown> = Promise.resolve();
    const trainer = new SFTTrainer({
      model: tinyModel(),
      trainDataset: samples,
      formatCompletion: answerOnly,
      config: { ...common, outputDir: at('run'), maxSteps: 1 },
      callbacks: [
        {
          onStepEnd() {
            second = train({ maxSteps: 1, overwriteOutputDir: true }).catch(String);
          },
        },
      ],
    });
    await trainer.train();
    expect(await second).toMatch(/ConfigError: outputDir: .*run is in use: process \d+ on .* trains into it/);
  });

  test('loses what killed trainings left of files in the making', async () => {
    await train({ maxSteps: 1 });
    const left = ['metrics.csv', 'run.json', 'reference.safetensors', 'checkpoint-2'].map(
      (name) => `${name}.0123456789abcdef.partial`,
    );
    for (const name of [...left, 'notes.0123456789abcdef.partial']) writeFileSync(at('run', name), '');
    await train({ maxSteps: 1 }, { resumeFrom: at('run/checkpoint-1') });
    const partial = readdirSync(at('run')).filter((name) => name.endsWith('.partial'));
    expect(partial).toEqual(['notes.0123456789abcdef.partial']);
  });

  test('is replaced when asked', async () => {
    await train({ maxSteps: 5, saveSteps: 2 });
    await train({ maxSteps: 2, overwriteOutputDir: true });
    expect(readdirSync(at('run')).sort()).toEqual(['checkpoint-2', 'metrics.jsonl', 'run.json']);
    expect(readMetrics(at('run/metrics.jsonl')).map(({ step }) => step)).toEqual([1, 2]);
  });
});
