// Trainings that are killed (SIGKILL), as real processes: checkpoints stay whole, and nobody is kept out.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scope, torch } from '../../lib/tensor/index.js';
import { checkpointSteps, FolderLock, SFTTrainer } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { answerOnly, samples, tinyModel } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();
const program = join(__dirname, 'children', 'train-tiny.cjs');

const children: ChildProcess[] = [];

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

// A child that a failed test leaves waiting would keep the test program from ending.
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** What ended a process: its signal or exit code. */
async function ended(child: ChildProcess): Promise<NodeJS.Signals | number> {
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

const filesOf = (checkpoint: string) =>
  ['model.safetensors', 'optimizer.safetensors'].map((name) => readFileSync(join(checkpoint, name)));

test('a training that is killed at any moment leaves whole checkpoints, and goes on from them bit for bit', async () => {
  const whole = join(folder.path, 'whole');
  expect(await ended(start(whole, 'whole'))).toBe(0);
  const expected = filesOf(join(whole, 'checkpoint-2'));

  const resumed = new Set<string>();
  const killAt = async (n: number) => {
    const outputDir = join(folder.path, String(n));
    const end = await ended(start(outputDir, 'kill', String(n)));
    const steps = checkpointSteps(outputDir);
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) {
      const checkpoint = join(outputDir, `checkpoint-${step}`);
      JSON.parse(readFileSync(join(checkpoint, 'trainer_state.json'), 'utf8'));
      for (const name of ['model.safetensors', 'optimizer.safetensors'])
        scope(() => expect(Object.keys(torch.load(join(checkpoint, name))).length).toBeGreaterThan(0));
    }
    // Once for each kind of remains.
    const remains = readdirSync(outputDir)
      .sort()
      .join()
      .replace(/\.[0-9a-f]{16}/g, '');
    if (end === 'SIGKILL' && !resumed.has(remains)) {
      resumed.add(remains);
      expect(await ended(start(outputDir, 'resume', join(outputDir, `checkpoint-${steps.at(-1)}`)))).toBe(0);
      expect(readdirSync(outputDir).sort()).toEqual(['checkpoint-2', 'metrics.jsonl', 'run.json']);
      expect(filesOf(join(outputDir, 'checkpoint-2'))).toEqual(expected);
    }
    return end;
  };
  for (let n = 1, ends: unknown[] = []; !ends.includes(0); n += 2) {
    ends = await Promise.all([killAt(n), killAt(n + 1)]);
    expect(['SIGKILL', 0]).toEqual(expect.arrayContaining(ends));
  }
  // Before and while the second checkpoint is written, when it is there beside the first, and while the first goes.
  expect(resumed.size).toBeGreaterThanOrEqual(4);
});

test('a folder that another process trains into is refused until that process is dead', async () => {
  const outputDir = join(folder.path, 'run');
  const child = start(outputDir, 'hold');
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  const train = () =>
    new SFTTrainer({
      model: tinyModel(),
      trainDataset: samples,
      formatCompletion: answerOnly,
      config: { outputDir, maxSteps: 1, overwriteOutputDir: true },
    }).train();
  await expect(train()).rejects.toThrow(`outputDir: ${outputDir} is in use: process ${child.pid} on `);
  child.kill('SIGKILL');
  expect(await ended(child)).toBe('SIGKILL');
  // The dead process has left its file.
  expect(readdirSync(outputDir)).toContain('.lock');
  expect((await train()).state.step).toBe(1);
  expect(readdirSync(outputDir)).not.toContain('.lock');
});

test('a lock excludes others of the same program, and is free again when it is released', () => {
  const [first, other] = [join(folder.path, 'first'), join(folder.path, 'other')];
  const lock = FolderLock.take(first, 'outputDir');
  expect(() => FolderLock.take(first, 'outputDir')).toThrow(/first is in use: process \d+ on /);
  FolderLock.take(other, 'outputDir').release();
  lock.release();
  FolderLock.take(first, 'outputDir').release();
  expect(readdirSync(first)).toEqual([]);
});
