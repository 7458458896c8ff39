// A recipe of two GRPO stages, the second of which goes on with the adapter of the first, that is killed (SIGKILL) in the
// middle of a change to the disk and resumed: all that it leaves is as if it had run through.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { generateSyntheticDataset } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { tinyConfig } from '../omni/clips.js';

jest.setTimeout(180_000);
const main = join(__dirname, '../../dist/cli/main.js');
const preload = join(__dirname, 'children', 'kill-at-change.cjs');
const folder = mkdtempSync(join(tmpdir(), 'earsight-killed-recipe-'));
const at = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const stage = {
  ...{
    perDeviceTrainBatchSize: 8,
    numGenerations: 4,
    maxCompletionLength: 6,
    beta: 0.05,
    learningRate: 1e-3,
  },
  ...{ maxSteps: 3, saveSteps: 1, loggingSteps: 1 },
};

interface Whole {
  changes: number;
  /** That files and folders got, in the run's folder. */
  names: string[];
}

/** @param kill see kill-at-change.cjs @returns null where it was killed */
async function train(output: string, kill: number | string, ...more: string[]): Promise<Whole | null> {
  const args = ['--require', preload, main, 'train', at('recipe.yaml'), '--output', at(output), ...more];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, KILL: String(kill) },
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code, signal] = await once(child, 'close');
  if (signal === 'SIGKILL') return null;
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^changes \d+$/m)]);
  const names = /^names (.*)$/m.exec(stderr)?.[1].split(' ') ?? [];
  return {
    changes: Number(/^changes (\d+)$/m.exec(stderr)?.[1]),
    names: names.map((name) => name.replace(`${at(output)}/`, '')),
  };
}

/** What measures time, names the folder, or is an entry of each process. */
const incomparable = /^(run\.json|report\.html|recipe\.yaml|adapter_config\.json)$/;
const comparable = (name: string, value: unknown) =>
  /time|seconds|outputDir|folder/i.test(name) ? undefined : value;

function leftBy(output: string): Record<string, unknown> {
  const names = readdirSync(at(output), { recursive: true, encoding: 'utf8' }).sort();
  const content = (name: string): unknown => {
    const file = at(output, name);
    if (statSync(file).isDirectory() || incomparable.test(name.split('/').at(-1) as string)) return null;
    if (!/\.jsonl?$/.test(name)) return readFileSync(file, 'base64');
    const values = name.endsWith('l')
      ? readFileSync(file, 'utf8').trimEnd().split('\n')
      : [readFileSync(file, 'utf8')];
    return values.map((text) => JSON.parse(text, comparable));
  };
  return Object.fromEntries(names.map((name) => [name, content(name)]));
}

let whole: Whole & { left: Record<string, unknown> };
beforeAll(async () => {
  await using pool = new MediaPool();
  const clips = { train: 2, validation: 0, test: 1 };
  await generateSyntheticDataset(at('dataset'), { seed: 1, clips, pool });
  const fields = {
    ...{ data: 'dataset/train.jsonl', model: tinyConfig, seed: 3, stopAtChance: false },
    stages: [
      { grpo: { name: 'qi', adapter: { r: 4, alpha: 16, dropout: 0.1 }, ...stage } },
      { grpo: { name: 'ma', mergeAdapter: true, ...stage } },
    ],
  };
  writeFileSync(at('recipe.yaml'), stringify(fields));
  whole = { ...((await train('whole', 0)) as Whole), left: leftBy('whole') };
  expect(Object.keys(whole.left)).toEqual(
    expect.arrayContaining(['qi/adapter/adapter_model.safetensors', 'ma/model/model.safetensors']),
  );
});

async function killed(output: string, kill: number | string): Promise<void> {
  expect(await train(output, kill)).toBeNull();
  await train(output, 0, '--resume');
  expect([kill, leftBy(output)]).toEqual([kill, whole.left]);
}

const full = Boolean(process.env.EARSIGHT_TEST_FULL);

// Of all changes; half of them are made about the end of the first stage.
test.each(
  full ? [0.07, 0.13, 0.21, 0.29, 0.37, 0.43, 0.48, 0.52, 0.57, 0.66, 0.74, 0.81, 0.89, 0.96] : [0.52],
)('killed at %f of its changes', (fraction) =>
  killed(`killed-${fraction}`, Math.ceil(fraction * whole.changes)),
);

(full ? test : test.skip)(
  'killed before each of its files and folders has its name',
  async () => {
    expect(whole.names.length).toBeGreaterThan(12);
    for (const [i, name] of whole.names.entries()) await killed(`named-${i}`, `/${name}`);
  },
  600_000,
);
