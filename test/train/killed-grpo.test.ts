// A hundred steps of GRPO (children/train-grpo.cjs) as real processes that are killed (SIGKILL) at random moments and
// resumed: weights, optimizer, random state, metrics and all other records are those of the training that ran through.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkpointSteps } from '../../lib/train/index.js';

jest.setTimeout(120_000);
const program = join(__dirname, 'children', 'train-grpo.cjs');
const kills = process.env.EARSIGHT_TEST_FULL ? 20 : 3;

const folder = mkdtempSync(join(tmpdir(), 'earsight-killed-grpo-'));
const at = (...names: string[]) => join(folder, ...names);
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** The next of a sequence of numbers from 0 to 1 (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Where a process is killed: so long after a step, or at this fraction of its changes to the disk, in the middle of it. */
type Kill = { step: number; milliseconds: number } | { change: number };

/** Every other one at a change; every third time twice, the second time in the process that goes on. */
function killsOf(seed: number): Kill[] {
  const random = randomNumbers(seed);
  const one = (isChange: boolean): Kill =>
    isChange
      ? { change: Number(random().toFixed(4)) }
      : { step: 1 + Math.floor(94 * random()), milliseconds: Math.floor(40 * random()) };
  return Array.from({ length: seed % 3 === 2 ? 2 : 1 }, (_, i) => one((seed + i) % 2 === 1));
}

interface Ended {
  end: NodeJS.Signals | number;
  /** To the disk; of a process that was killed, unknown. */
  changes: number | undefined;
}

/** @param changes how many the whole training makes */
async function run(outputDir: string, kill?: Kill, changes = 0): Promise<Ended> {
  const steps = existsSync(outputDir) ? checkpointSteps(outputDir) : [];
  const resumeFrom = steps.length > 0 ? [join(outputDir, `checkpoint-${steps.at(-1)}`)] : [];
  const n = kill && 'change' in kill ? 1 + Math.floor(kill.change * changes) : 0;
  const child = spawn(process.execPath, [program, outputDir, String(n), ...resumeFrom], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const exit = once(child, 'exit');
  let made: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (kill && 'step' in kill && Number(line) === kill.step)
      setTimeout(() => child.kill('SIGKILL'), kill.milliseconds);
    if (line.startsWith('changes ')) made = Number(line.slice('changes '.length));
  }
  const [code, signal] = await exit;
  children.delete(child);
  return { end: signal ?? code, changes: made };
}

/** What measures time, and the folder, differ between two trainings. */
const comparable = (name: string, value: unknown) =>
  /time|seconds|^outputDir$/i.test(name) ? undefined : value;

function linesOf(file: string): object[] {
  const text = readFileSync(file, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line, comparable));
}

/** Rows of a table. */
function rowsOf(file: string): Record<string, unknown>[] {
  const [names, ...rows] = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return rows.map((row) =>
    Object.fromEntries(row.map((value, i) => [names[i], comparable(names[i], value)])),
  );
}

/** All that a training left: records without what is not comparable, other files as they are. */
function leftBy(outputDir: string): Record<string, unknown> {
  const names = readdirSync(outputDir, { recursive: true, encoding: 'utf8' }).sort();
  const content = (name: string): unknown => {
    const file = join(outputDir, name);
    if (name.endsWith('.jsonl')) return linesOf(file);
    if (name.endsWith('.csv')) return rowsOf(file);
    if (name.endsWith('trainer_state.json')) return JSON.parse(readFileSync(file, 'utf8'), comparable);
    // Has an entry for each process.
    if (name === 'run.json' || statSync(file).isDirectory()) return null;
    return readFileSync(file).toString('base64');
  };
  return Object.fromEntries(names.map((name) => [name, content(name)]));
}

let whole: { changes: number; left: Record<string, unknown> };
beforeAll(async () => {
  const { end, changes = 0 } = await run(at('whole'));
  expect(end).toBe(0);
  whole = { changes, left: leftBy(at('whole')) };
});

test('the training that runs through has refused, refilled, moved and evaluated', () => {
  const lines = whole.left['metrics.jsonl'] as Record<string, number>[];
  const fractions = lines.flatMap((line) => line['admit/fraction'] ?? []);
  expect(Math.min(...fractions)).toBeLessThan(0.7);
  expect(Math.max(...fractions)).toBeGreaterThan(0.3);
  expect(Math.max(...lines.flatMap(({ kl = 0 }) => kl))).toBeGreaterThan(1e-3);
  expect(lines.filter((line) => 'eval_reward' in line)).toHaveLength(5);
  expect(Object.keys(whole.left)).toEqual(
    expect.arrayContaining([
      'checkpoint-100/optimizer.safetensors',
      'checkpoint-80',
      'checkpoint-90',
      'completions.jsonl',
      'completions/completions_00098.parquet',
      'metrics.csv',
      'metrics.jsonl',
    ]),
  );
});

test.each(Array.from({ length: kills }, (_, seed) => [seed, killsOf(seed)] as const))(
  'seed %i, killed at %j: resumed, all that it leaves is as if it had run through',
  async (seed, moments) => {
    const outputDir = at(String(seed));
    for (const moment of moments) {
      const { end } = await run(outputDir, moment, whole.changes);
      // Close to its end, a process may have come there before the signal.
      expect(['SIGKILL', 0]).toContain(end);
    }
    expect((await run(outputDir)).end).toBe(0);
    expect(leftBy(outputDir)).toEqual(whole.left);
  },
);
