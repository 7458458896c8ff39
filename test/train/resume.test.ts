import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryStats, torch } from '../../lib/tensor/index.js';
import {
  checkpointSteps,
  GRPOTrainer,
  readMetrics,
  SFTTrainer,
  type TrainableModel,
} from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { answerOnly, samples, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();
const common = { learningRate: 1e-2, warmupSteps: 3, maxSteps: 12, saveSteps: 5, loggingSteps: 3 };

function sft(model: TrainableModel, outputDir: string, maxSteps = 12) {
  const config = {
    ...common,
    outputDir,
    maxSteps,
    perDeviceTrainBatchSize: 3,
    gradientAccumulationSteps: 2,
    weightDecay: 0.1,
  };
  return new SFTTrainer({ model, trainDataset: samples, formatCompletion: answerOnly, config });
}

function muon(model: TrainableModel, outputDir: string, maxSteps = 12) {
  const config = { ...common, outputDir, maxSteps, perDeviceTrainBatchSize: 3, optim: 'muon' as const };
  return new SFTTrainer({ model, trainDataset: samples, formatCompletion: answerOnly, config });
}

/** Two prompts a step of five: every other epoch ends within a step, and a prompt may stand twice in it. */
const grpoOfFive = (model: TrainableModel, outputDir: string) => grpo(model, outputDir, samples.slice(0, 5));

function grpo(model: TrainableModel, outputDir: string, trainDataset = samples) {
  const config = {
    ...common,
    outputDir,
    numGenerations: 4,
    perDeviceTrainBatchSize: 4,
    gradientAccumulationSteps: 2,
    maxCompletionLength: 5,
    numIterations: 2,
    beta: 0.05,
    logCompletions: true,
    logCompletionsSteps: 1,
  };
  const startsRight = ({
    completions,
    samples: asked,
  }: {
    completions: string[];
    samples: { answer?: string }[];
  }) => completions.map((text, i) => Number(text[0] === asked[i].answer?.[0]) + text.length / 10);
  return new GRPOTrainer({ model, trainDataset, rewardFuncs: [startsRight], config });
}

/** What completions.jsonl holds; null where there is none. */
function completionsOf(outputDir: string): string | null {
  const file = join(outputDir, 'completions.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** Lines of metrics without what measures time. */
const metricsOf = (outputDir: string) =>
  readMetrics(join(outputDir, 'metrics.jsonl')).map((line) =>
    Object.fromEntries(Object.entries(line).filter(([name]) => !/^step_time$|\/seconds$/.test(name))),
  );

describe.each([
  ['SFT', sft],
  ['SFT with Muon', muon],
  ['GRPO', grpo],
  ['GRPO over ends of epochs', grpoOfFive],
])('%s', (name, trainer) => {
  test('12 steps = 5 steps + resume + 7 steps, bit for bit, metrics and completions included', async () => {
    const whole = tinyModel();
    const wholeDir = join(folder.path, 'whole');
    await trainer(whole, wholeDir).train();

    // The same training, killed in step 8: its checkpoint of step 5 and the metrics up to step 6 are left.
    const killedDir = join(folder.path, 'killed');
    const model = tinyModel();
    let steps = 0;
    const prepare: TrainableModel['prepare'] = (...args) => {
      if (++steps > 7) throw new Error('killed');
      return model.prepare(...args);
    };
    await expect(trainer({ ...model, prepare }, killedDir).train()).rejects.toThrow('killed');
    expect(readMetrics(join(killedDir, 'metrics.jsonl')).at(-1)?.step).toBe(6);

    // Resumed by another process: other weights, other random state.
    const resumed = tinyModel(99);
    torch.manualSeed(1234);
    const result = await trainer(resumed, killedDir).train({
      resumeFrom: join(killedDir, 'checkpoint-5'),
    });
    expect(result.state.step).toBe(12);
    expect(weights(resumed)).toEqual(weights(whole));
    expect(metricsOf(killedDir)).toEqual(metricsOf(wholeDir));
    expect(completionsOf(killedDir)).toEqual(completionsOf(wholeDir));
    expect(completionsOf(wholeDir) === null).toBe(name.startsWith('SFT'));
    const optimizerBytes = (dir: string) => readFileSync(join(dir, 'checkpoint-12', 'optimizer.safetensors'));
    expect(optimizerBytes(killedDir).equals(optimizerBytes(wholeDir))).toBe(true);
  });

  test('the same seed gives the same training', async () => {
    const [a, b] = [tinyModel(), tinyModel()];
    await trainer(a, join(folder.path, 'a')).train();
    await trainer(b, join(folder.path, 'b')).train();
    expect(weights(a)).toEqual(weights(b));
    expect(metricsOf(join(folder.path, 'a'))).toEqual(metricsOf(join(folder.path, 'b')));
  });
});

describe('checkpoints', () => {
  test('are whole folders that a model loads from; none is left half-written', async () => {
    const outputDir = join(folder.path, 'run');
    await sft(tinyModel(), outputDir).train();
    expect(readdirSync(outputDir).sort()).toEqual([
      'checkpoint-10',
      'checkpoint-12',
      'checkpoint-5',
      'metrics.jsonl',
      'run.json',
    ]);
    for (const name of ['config.json', 'model.safetensors', 'optimizer.safetensors', 'trainer_state.json']) {
      expect(existsSync(join(outputDir, 'checkpoint-10', name))).toBe(true);
    }
    const loaded = torch.load(join(outputDir, 'checkpoint-12', 'model.safetensors'));
    expect(Object.keys(loaded)).toContain('model.embed_tokens.weight');
  });

  test('saveTotalLimit keeps the newest', async () => {
    const outputDir = join(folder.path, 'run');
    const config = { ...common, outputDir, saveSteps: 2, saveTotalLimit: 2 };
    await new SFTTrainer({
      model: tinyModel(),
      trainDataset: samples,
      formatCompletion: answerOnly,
      config,
    }).train();
    expect(readdirSync(outputDir).sort()).toEqual([
      'checkpoint-10',
      'checkpoint-12',
      'metrics.jsonl',
      'run.json',
    ]);
  });

  test('what a killed save left is neither resumed from nor kept', async () => {
    const outputDir = join(folder.path, 'run');
    const half = join(outputDir, 'checkpoint-99.0123456789abcdef.partial');
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, 'trainer_state.json'), '{"format":1');
    expect(checkpointSteps(outputDir)).toEqual([]);
    const { checkpoint } = await sft(tinyModel(), outputDir).train();
    expect(checkpoint).toBe(join(outputDir, 'checkpoint-12'));
    expect(readdirSync(outputDir).filter((name) => name.includes('partial'))).toEqual([]);
  });

  test('a finished training that is resumed does nothing more', async () => {
    const outputDir = join(folder.path, 'run');
    const first = await sft(tinyModel(), outputDir).train();
    const again = await sft(tinyModel(), outputDir).train({ resumeFrom: first.checkpoint as string });
    expect(again).toMatchObject({ checkpoint: first.checkpoint, state: { step: 12 } });
  });

  test('a training can be prolonged', async () => {
    const outputDir = join(folder.path, 'run');
    await sft(tinyModel(), outputDir).train();
    const resumeFrom = join(outputDir, 'checkpoint-12');
    const { state } = await sft(tinyModel(), outputDir, 14).train({ resumeFrom });
    expect(state.step).toBe(14);
  });

  test('wrong folders are named with the remedy', async () => {
    const outputDir = join(folder.path, 'run');
    await sft(tinyModel(), outputDir).train();
    const fails = (resumeFrom: string) => expect(sft(tinyModel(), outputDir).train({ resumeFrom })).rejects;
    await fails(join(outputDir, 'checkpoint-7')).toThrow(
      /no trainer_state.json; the newest checkpoint there is .*checkpoint-12/,
    );
    await fails(outputDir).toThrow(/newest checkpoint there is .*checkpoint-12/);
    await expect(sft(tinyModel(), outputDir).train()).rejects.toThrow(
      /holds the metrics of another training/,
    );
    writeFileSync(join(outputDir, 'checkpoint-12', 'trainer_state.json'), '{"format":2}');
    await fails(join(outputDir, 'checkpoint-12')).toThrow('format 2, expected 4');
    const stated = { format: 4, state: { step: '12', seconds: 1, evaluations: [] }, cursor: {}, pending: {} };
    const damaged = JSON.stringify({ ...stated, paramGroups: [], rng: 'not base64!' });
    writeFileSync(join(outputDir, 'checkpoint-12', 'trainer_state.json'), damaged);
    await fails(join(outputDir, 'checkpoint-12')).toThrow(
      /state\.step: .*\(got "12"\); .*cursor\.epoch: .*; cursor\.index: .*; rng: .*got "not base64!"/,
    );
    writeFileSync(join(outputDir, 'checkpoint-12', 'trainer_state.json'), '{"form');
    await fails(join(outputDir, 'checkpoint-12')).toThrow(/checkpoint-12.trainer_state\.json: .*JSON/);
  });
});

test('a checkpoint leaves no tensor to the garbage collector', async () => {
  /** Tensors that a training leaves alive or to the collector. */
  const leftBy = async (saveSteps: number) => {
    const model = tinyModel();
    const count = () => memoryStats().liveTensors + memoryStats().freedByGc;
    const before = count();
    const config = { ...common, outputDir: join(folder.path, `saves-${saveSteps}`), maxSteps: 4, saveSteps };
    await new SFTTrainer({ model, trainDataset: samples, formatCompletion: answerOnly, config }).train();
    return count() - before;
  };
  expect(await leftBy(1)).toBe(await leftBy(4));
});
