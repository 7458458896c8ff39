// A disk that fills up while a checkpoint is written: the last one stays whole, the error says what to free, and the training
// goes on from it as if nothing had been.

import fs, { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SFTTrainer } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { answerOnly, samples, tinyModel } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();
afterEach(() => jest.restoreAllMocks());

/** @param saved called after the first checkpoint */
function train(
  outputDir: string,
  { saved = () => {}, resumeFrom }: { saved?: () => void; resumeFrom?: string } = {},
) {
  return new SFTTrainer({
    model: tinyModel(),
    trainDataset: samples,
    formatCompletion: answerOnly,
    config: { outputDir, maxSteps: 3, saveSteps: 1, loggingSteps: 9, perDeviceTrainBatchSize: 2 },
    callbacks: [{ onSave: ({ step }) => (step === 1 ? saved() : undefined) }],
  }).train({ resumeFrom });
}

/** From now on, the n-th call that needs room fails; of a write, half of the bytes found some. */
function fillAt(n: number): void {
  let calls = 0;
  const full = () => {
    calls += 1;
    if (calls !== n) return false;
    jest.restoreAllMocks();
    return true;
  };
  const failure = (call: string) =>
    Object.assign(new Error(`ENOSPC: no space left on device, ${call}`), { code: 'ENOSPC', errno: -28 });
  const { fsyncSync, mkdirSync, openSync, writeSync } = fs;
  const { writeFile } = fs.promises;
  jest.spyOn(fs, 'writeSync').mockImplementation(((
    descriptor: number,
    bytes: Uint8Array,
    ...rest: number[]
  ) => {
    if (!full()) return writeSync(descriptor, bytes, ...rest);
    writeSync(descriptor, bytes, 0, bytes.byteLength >> 1);
    throw failure('write');
  }) as typeof writeSync);
  jest.spyOn(fs, 'fsyncSync').mockImplementation((descriptor) => {
    if (full()) throw failure('fsync');
    fsyncSync(descriptor);
  });
  jest.spyOn(fs, 'mkdirSync').mockImplementation(((path: string, options: object) => {
    if (full()) throw failure('mkdir');
    return mkdirSync(path, options);
  }) as typeof mkdirSync);
  jest.spyOn(fs, 'openSync').mockImplementation(((path: string, flags: string, ...rest: number[]) => {
    if (flags !== 'r' && full()) throw failure('open');
    return openSync(path, flags, ...rest);
  }) as typeof openSync);
  jest.spyOn(fs.promises, 'writeFile').mockImplementation(async (file, data) => {
    if (full()) throw failure('write');
    await writeFile(file, data);
  });
}

const bytesOf = (checkpoint: string) =>
  readdirSync(checkpoint)
    .sort()
    .map((name) => [name, readFileSync(join(checkpoint, name), 'base64')]);
const weightsOf = (outputDir: string) =>
  ['model', 'optimizer'].map((name) =>
    readFileSync(join(outputDir, 'checkpoint-3', `${name}.safetensors`), 'base64'),
  );

test('at each third write: checkpoint-1 stays, nothing else is left, the error names the folder and what to free', async () => {
  const whole = join(folder.path, 'whole');
  await train(whole);
  const names = new Set<string>();
  for (let n = 1; ; n += 3) {
    const outputDir = join(folder.path, String(n));
    let before: unknown;
    const saved = () => {
      before = bytesOf(join(outputDir, 'checkpoint-1'));
      fillAt(n);
    };
    const error = await train(outputDir, { saved }).then(
      () => null,
      (reason: Error) => reason,
    );
    jest.restoreAllMocks();
    if (error === null || (error as { path?: string }).path?.endsWith('checkpoint-3')) {
      // Each third call of the second checkpoint had its turn.
      expect(n).toBeGreaterThan(10);
      break;
    }
    names.add(error.name);
    // Where the last thing to fail is to bring the new name to the disk, the checkpoint is there.
    const last = existsSync(join(outputDir, 'checkpoint-2')) ? 'checkpoint-2' : 'checkpoint-1';
    expect(error.message).toMatch(
      /\/checkpoint-2: cannot be written: no space left on the device \([\d.]+ MB are free\); checkpoint-/,
    );
    expect(error.message).toContain(`; ${last} is whole: free some there`);
    expect(error.message).toMatch(/, then resume from it$/);
    expect(readdirSync(outputDir).filter((name) => !['checkpoint-1', last].includes(name))).toEqual([
      'metrics.jsonl',
      'run.json',
    ]);
    expect(bytesOf(join(outputDir, 'checkpoint-1'))).toEqual(before);
    if (n % 6 !== 1 && last === 'checkpoint-1') continue;
    await train(outputDir, { resumeFrom: join(outputDir, last) });
    expect(weightsOf(outputDir)).toEqual(weightsOf(whole));
  }
  expect([...names]).toEqual(['DiskFullError']);
});

test('the first checkpoint: the error says that there is none', async () => {
  const outputDir = join(folder.path, 'first');
  const prepared = tinyModel();
  const training = new SFTTrainer({
    model: { ...prepared, savePretrained: () => fillAt(1) },
    trainDataset: samples,
    formatCompletion: answerOnly,
    config: { outputDir, maxSteps: 1, perDeviceTrainBatchSize: 2 },
  }).train();
  await expect(training).rejects.toThrow(
    /checkpoint-1: .*; free some there, and begin again: no checkpoint is/,
  );
  expect(readdirSync(outputDir).sort()).toEqual(['metrics.jsonl', 'run.json']);
});
