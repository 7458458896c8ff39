// Runs that are stopped, killed, repeated or started twice, as real processes.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { generateSyntheticDataset } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { readMetrics } from '../../lib/train/index.js';
import { earsight } from '../cli/run.js';
import { tinyConfig } from '../omni/clips.js';

jest.setTimeout(120_000);
const main = join(__dirname, '../../dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'earsight-runs-'));
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  await using pool = new MediaPool();
  await generateSyntheticDataset(at('dataset'), {
    seed: 1,
    clips: { train: 2, validation: 0, test: 1 },
    pool,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const long = { maxSteps: 1_000_000, saveSteps: 1_000_000, loggingSteps: 1 };
const stages = {
  sft: { sft: { ...long, perDeviceTrainBatchSize: 4 }, grpo: false },
  grpo: {
    sft: false,
    grpo: {
      ...{ ...long, perDeviceTrainBatchSize: 8, numGenerations: 4, maxCompletionLength: 6 },
      ...{ adapter: { r: 2, dropout: 0.1 }, mergeAdapter: true },
    },
  },
};

/** A recipe with one stage that takes too long to wait for. */
function recipe(
  output: string,
  settings: object = {},
  more: object = {},
  name: keyof typeof stages = 'sft',
): string {
  const file = at(`${output}.yaml`);
  const stage = { ...stages[name], [name]: { ...(stages[name][name] as object), ...settings } };
  writeFileSync(
    file,
    stringify({ data: 'dataset/train.jsonl', output, model: tinyConfig, ...stage, ...more }),
  );
  return file;
}

interface Started {
  child: ChildProcess;
  /** Its signal or exit code, and what it printed. */
  ended: Promise<{ end: NodeJS.Signals | number; stderr: string }>;
}

/** Starts a command; `when` it has printed something, `react` is called once. */
function start(args: string[], when: RegExp, react: (child: ChildProcess) => void): Started {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  let reacted = false;
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
    if (reacted || !when.test(stderr)) return;
    reacted = true;
    react(child);
  });
  const ended = new Promise<{ end: NodeJS.Signals | number; stderr: string }>((resolve) =>
    child.on('close', (code, signal) => resolve({ end: signal ?? (code as number), stderr })),
  );
  return { child, ended };
}

const training = /^(SFT|GRPO): .*step/m;

const steady = { lrSchedulerType: 'constant', warmupSteps: 2 };

test.each([
  ['sft', 'SIGINT', 130],
  ['grpo', 'SIGINT', 130],
  ['grpo', 'SIGTERM', 143],
] as const)(
  '%s: %s ends a training after its step, with a checkpoint and code %i; resumed, it is as if it never had',
  async (stage, signal, code) => {
    const output = `${stage}-by-${signal}`;
    const file = recipe(output, steady, {}, stage);
    const { end, stderr } = await start(['train', file], training, (child) => child.kill(signal)).ended;
    expect(end).toBe(code);
    expect(stderr).toContain(`Interrupted by ${signal}: finishing this step and saving`);
    expect(stderr).toContain(`Go on with: earsight train ${file} --resume`);
    const [checkpoint] = readdirSync(at(output, stage)).filter((name) => name.startsWith('checkpoint-'));
    const { state } = JSON.parse(readFileSync(at(output, stage, checkpoint, 'trainer_state.json'), 'utf8'));
    // It goes on where it was: every step is logged once.
    const steps = state.step + 2;
    const settings = { ...steady, maxSteps: steps };
    expect((await earsight('train', recipe(output, settings, {}, stage), '--resume')).code).toBe(0);
    const logged = readMetrics(at(output, stage, 'metrics.jsonl')).map(({ step }) => step);
    expect(logged).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
    const whole = `${stage}-whole-${signal}`;
    expect((await earsight('train', recipe(whole, settings, {}, stage))).code).toBe(0);
    const weights = (run: string) => readFileSync(at(run, stage, 'model', 'model.safetensors'));
    expect(weights(output).equals(weights(whole))).toBe(true);
  },
);

test('a second signal ends a training at once, in the middle of its step', async () => {
  // Slow when the steps that are timed before are over.
  writeFileSync(
    at('slow.cjs'),
    `let calls = 0;
    module.exports = async ({ completions }) => {
      calls += 1;
      if (calls > 8) {
        process.stderr.write('scoring\\n');
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      }
      return completions.map(({ length }) => length);
    };`,
  );
  const file = recipe('twice-stopped', { rewards: [{ module: 'slow.cjs' }] }, {}, 'grpo');
  const { ended } = start(['train', file], /^scoring$/m, (child) => {
    child.stderr?.on('data', (chunk) => {
      if (String(chunk).includes('Interrupted by SIGINT')) child.kill('SIGTERM');
    });
    child.kill('SIGINT');
  });
  const { end, stderr } = await ended;
  expect([end, stderr]).toEqual([143, expect.stringContaining('press Ctrl-C again to stop at once')]);
  expect(readdirSync(at('twice-stopped', 'grpo')).filter((name) => /^checkpoint/.test(name))).toEqual([]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends the demo while it makes its clips, with code %i', async (signal, code) => {
  const demo = ['demo', '--quick', '--output', at(`demo-${signal}`)];
  const { end, stderr } = await start(demo, /^making clips/m, (child) => child.kill(signal)).ended;
  expect(end).toBe(code);
  // A busy machine may have come further meanwhile.
  expect(stderr).toMatch(/Go on with: earsight (demo|train)/);
});

test('a second demo in the folder of one that runs is refused', async () => {
  const demo = ['demo', '--quick', '--output', at('demos')];
  let second: Started['ended'] | undefined;
  const { child, ended } = start(demo, /^making clips/m, (first) => {
    second = start(demo, /$^/, () => {}).ended;
    void second.then(() => first.kill('SIGKILL'));
  });
  expect((await ended).end).toBe('SIGKILL');
  // Where the second starts late, the first has written its recipe by then.
  const refusal = new RegExp(`demos is in use: process ${child.pid} on |demos: holds a demo already`);
  expect(await second).toEqual({ end: 2, stderr: expect.stringMatching(refusal) });
});

test('a run that was killed before its first checkpoint is resumed: the stage starts anew and says so', async () => {
  const file = recipe('killed');
  const { end } = await start(['train', file], training, (child) => child.kill('SIGKILL')).ended;
  expect(end).toBe('SIGKILL');
  expect(existsSync(at('killed', 'sft', 'metrics.jsonl'))).toBe(true);
  const { code, stdout, stderr } = await earsight('train', recipe('killed', { maxSteps: 2 }), '--resume');
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('another training')]);
  expect(stdout).toContain(`SFT: ${at('killed', 'sft')} has no checkpoint yet: the stage starts anew`);
  expect(readMetrics(at('killed', 'sft', 'metrics.jsonl')).map(({ step }) => step)).toEqual([1, 2]);
});

test('a second process on the folder of a run is refused while the first lives', async () => {
  const file = recipe('twice');
  const refused: Promise<unknown>[] = [];
  const { child, ended } = start(['train', file], training, (first) => {
    for (const way of ['--resume', '--overwrite'])
      refused.push(start(['train', file, way], /$^/, () => {}).ended);
    void Promise.all(refused).then(() => first.kill('SIGKILL'));
  });
  expect((await ended).end).toBe('SIGKILL');
  const message = `output: ${at('twice')} is in use: process ${child.pid} on `;
  expect(await Promise.all(refused)).toEqual(
    refused.map(() => ({ end: 2, stderr: expect.stringContaining(message) })),
  );
});

test('--overwrite begins a run anew, --output puts it elsewhere, and neither is guessed', async () => {
  const file = recipe('again', { maxSteps: 2 });
  const ran = (...options: string[]) => earsight('train', file, ...options);
  expect((await ran()).code).toBe(0);
  const refused = await ran();
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--overwrite')]);
  expect((await ran('--resume', '--overwrite')).code).toBe(2);

  const longer = recipe('again', { maxSteps: 3 });
  expect((await earsight('train', longer, '--overwrite')).code).toBe(0);
  expect(readMetrics(at('again', 'sft', 'metrics.jsonl')).map(({ step }) => step)).toEqual([1, 2, 3]);
  expect((await earsight('train', longer, '--output', at('elsewhere'))).code).toBe(0);
  expect(readdirSync(at('elsewhere')).sort()).toEqual(readdirSync(at('again')).sort());

  // By the copy of its recipe; all is done already.
  const { code, stdout } = await earsight('train', at('elsewhere', 'recipe.yaml'), '--resume');
  expect([code, stdout]).toEqual([0, expect.stringContaining('SFT: 3 of 3 steps')]);
});

test('a resume with another model or other words than the finished stage is refused, and leaves the run as it was', async () => {
  expect((await earsight('train', recipe('other', { maxSteps: 1 }))).code).toBe(0);
  const written = () => ['recipe.yaml', 'run.json'].map((name) => readFileSync(at('other', name), 'utf8'));
  const before = written();
  const wider = { model: { ...tinyConfig, text: { ...tinyConfig.text, intermediate: 96 } } };
  const shape = await earsight('train', recipe('other', { maxSteps: 1 }, wider), '--resume');
  expect([shape.code, shape.stderr]).toEqual([
    2,
    expect.stringMatching(/differs from the recipe's in text\.intermediate: /),
  ]);
  const [first, ...rest] = readFileSync(at('dataset', 'train.jsonl'), 'utf8').trim().split('\n');
  const row = { ...JSON.parse(first), question: 'What was never asked before?' };
  writeFileSync(at('dataset', 'changed.jsonl'), [JSON.stringify(row), ...rest].join('\n'));
  const changed = recipe('other', { maxSteps: 1 }, { data: 'dataset/changed.jsonl' });
  const words = await earsight('train', changed, '--resume');
  expect([words.code, words.stderr]).toEqual([
    2,
    expect.stringMatching(/differs from the recipe's in .*tokenizer: /),
  ]);
  // As if it had been killed before the stage's end.
  rmSync(at('other', 'sft', 'answers.json'));
  const order = await earsight('train', recipe('other', { maxSteps: 1 }, { seed: 7 }), '--resume');
  expect([order.code, order.stderr]).toEqual([2, expect.stringMatching(/seed: 0 in the checkpoint, now 7/)]);
  expect(written()).toEqual(before);
});
