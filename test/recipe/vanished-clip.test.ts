/** Clips that are gone while a training runs, or when it is resumed. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Sample } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel } from '../../lib/omni/index.js';
import { torch } from '../../lib/tensor/index.js';
import { checkpointSteps, GRPOTrainer } from '../../lib/train/index.js';
import { earsight } from '../cli/run.js';
import { tinyConfig, writeClip } from '../omni/clips.js';

jest.setTimeout(120_000);
const folder = mkdtempSync(join(tmpdir(), 'earsight-vanished-'));
const at = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const samples: Sample[] = ['first', 'second'].map((id) => ({
  id,
  video: at(`${id}.mp4`),
  question: 'What moves?',
  options: ['a bar', 'a ball'],
  answer: 'a bar',
}));
const rl = {
  ...{ perDeviceTrainBatchSize: 4, numGenerations: 4, maxCompletionLength: 4, learningRate: 1e-3 },
  ...{ lrSchedulerType: 'constant' as const, loggingSteps: 1, saveSteps: 1 },
};

beforeAll(async () => {
  await using pool = new MediaPool();
  for (const { id } of samples) await writeClip(pool, folder, `${id}.mp4`, id.length);
  writeFileSync(at('samples.jsonl'), samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
});

/** Calls `run` while the file has another name. */
async function without<T>(file: string, run: () => Promise<T>): Promise<T> {
  renameSync(file, `${file}.away`);
  try {
    return await run();
  } finally {
    renameSync(`${file}.away`, file);
  }
}

test('between steps: the error names sample and file, and the training goes on from its checkpoint when it is back', async () => {
  const train = async (outputDir: string, onStepEnd = () => {}, resumeFrom?: string) => {
    torch.manualSeed(1);
    const model = newSmallModel(samples, { config: tinyConfig });
    const trainer = new GRPOTrainer({
      model,
      trainDataset: samples,
      rewardFuncs: [({ completionIds }) => completionIds.map((ids) => ids[0] ?? 0)],
      config: { ...rl, outputDir, maxSteps: 3 },
      callbacks: [{ onStepEnd }],
    });
    await trainer.train({ resumeFrom }).finally(() => model.close());
  };
  await train(at('whole'));
  // The clip of the second step: each epoch has one step for each sample.
  const clips = samples.map(({ video }) => video as string);
  const failed: { message: string }[] = [];
  for (const clip of clips) {
    let restore = () => {};
    const hide = () => {
      renameSync(clip, `${clip}.away`);
      restore = () => renameSync(`${clip}.away`, clip);
    };
    const outputDir = at(`hidden-${clips.indexOf(clip)}`);
    await train(outputDir, once(hide)).catch((error) => failed.push(error));
    restore();
    if (checkpointSteps(outputDir).length === 3) continue;
    expect(checkpointSteps(outputDir)).toEqual([1]);
    const id = samples[clips.indexOf(clip)].id;
    expect(failed[0].message).toMatch(new RegExp(`^${clip}: .*; a file of sample '${id}' \\(NOT_FOUND\\)`));
    await train(outputDir, undefined, join(outputDir, 'checkpoint-1'));
    const weights = (run: string) => readFileSync(join(run, 'checkpoint-3', 'model.safetensors'));
    expect(weights(outputDir).equals(weights(at('whole')))).toBe(true);
  }
  // The clip of the first step is not read again.
  expect(failed).toHaveLength(1);
});

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}

test('before a resume: the run is refused with the line and the file, and goes on when it is back', async () => {
  const file = at('recipe.yaml');
  const grpo = { ...rl, maxSteps: 4, saveSteps: 2 };
  const fields = { data: 'samples.jsonl', output: 'run', model: tinyConfig, sft: false, grpo, seed: 3 };
  writeFileSync(file, stringify({ ...fields, stopAtChance: false }));
  expect((await earsight('train', file)).code).toBe(0);
  // As a killed run leaves it.
  cpSync(at('run'), at('killed'), { recursive: true });
  for (const name of ['model', 'answers.json', 'checkpoint-4'])
    rmSync(at('killed', 'grpo', name), { recursive: true });
  const left = readdirSync(at('killed', 'grpo'));
  const resume = (...more: string[]) =>
    earsight('train', file, '--resume', '--output', at('killed'), ...more);
  await without(samples[1].video as string, async () => {
    for (const policy of ['stop', 'skip']) {
      const { code, stderr } = await resume('--on-bad-clip', policy);
      expect(code).toBe(2);
      expect(stderr).toMatch(/samples\.jsonl:2: "video": .*second\.mp4 cannot be read: no such file/);
    }
  });
  expect(readdirSync(at('killed', 'grpo'))).toEqual(left);
  expect((await resume()).code).toBe(0);
  const weights = (run: string) => readFileSync(at(run, 'grpo', 'model', 'model.safetensors'));
  expect(weights('killed').equals(weights('run'))).toBe(true);
});
