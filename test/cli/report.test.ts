/** `earsight report`: what it takes from the run's recipe and from its options, and how the live page begins and ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completion, dataOf, jsonLines, writeMetrics } from '../report/browser/runs.js';
import { earsight } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-cli-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = join(folder, 'run');
const data = join(folder, 'data');
const program = join(__dirname, '../../dist/cli/main.js');

beforeAll(() => {
  mkdirSync(data);
  const clip = join(__dirname, '../fixtures/media/containers/no-sound.mp4');
  copyFileSync(clip, join(data, 'clip.mp4'));
  const sample = { id: 's', video: 'clip.mp4', question: 'What moved?', answer: 'a' };
  writeFileSync(join(data, 'train.jsonl'), jsonLines([sample]));
  writeFileSync(join(data, 'other.jsonl'), jsonLines([{ ...sample, question: 'What else?' }]));
  writeMetrics(run, 'grpo', [{ step: 1, reward: 0.5 }]);
  writeFileSync(join(run, 'grpo', 'completions.jsonl'), jsonLines([completion({ sample: 's' })]));
});

async function sampleShown(...options: string[]) {
  const { code, stdout, stderr } = await earsight('report', run, ...options);
  expect(code).toBe(0);
  const { runs } = dataOf(readFileSync(stdout.trim(), 'utf8'));
  return { sample: runs[0].stages[0].rollouts?.embedded[0].samples.s, stderr };
}

test("rollouts have the samples and clips of the recipe's copy in the run, or those of --data", async () => {
  expect((await sampleShown()).sample).toBeUndefined();
  writeFileSync(join(run, 'recipe.yaml'), 'data: ../data/train.jsonl\nstages: []\n');
  expect((await sampleShown()).sample).toMatchObject({
    question: 'What moved?',
    clip: { name: 'clip.mp4', source: 'clip-0' },
  });
  const { sample } = await sampleShown('--data', join(data, 'other.jsonl'));
  expect(sample).toMatchObject({ question: 'What else?' });
});

test('a copy of the recipe that cannot be read is said, and the report is written', async () => {
  writeFileSync(join(run, 'recipe.yaml'), 'data: [');
  const { sample, stderr } = await sampleShown();
  expect(sample).toBeUndefined();
  expect(stderr).toContain('recipe.yaml');
  expect(stderr).toContain('name these by --data');
});

test('data that is not there is refused', async () => {
  const { code, stderr } = await earsight('report', run, '--data', join(folder, 'none'));
  expect([code, stderr]).toEqual([2, expect.stringContaining('none: no such file or folder')]);
});

describe('--live', () => {
  let child: ChildProcess;
  afterEach(() => child.kill('SIGKILL'));

  test('serves a run that has not begun until a signal ends it', async () => {
    child = spawn(process.execPath, [program, 'report', '--live', join(folder, 'later')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    const url = String(line).trim();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const page = await fetch(url);
    expect(await page.text()).toContain('no run has begun here yet');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
  });

  test('is for this machine alone', async () => {
    child = spawn(process.execPath, [program, 'report', '--live', run, '--host', '0.0.0.0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [line] = await once(child.stderr as NodeJS.ReadableStream, 'data');
    expect(String(line)).toContain('--host 0.0.0.0: other machines could read the run; leave --host out');
    expect((await once(child, 'exit'))[0]).toBe(2);
  });
});

test('of several runs one page is written where --output says', async () => {
  const other = join(folder, 'other-run');
  writeMetrics(other, 'grpo', [{ step: 1, reward: 0.25 }]);
  const output = join(folder, 'both.html');
  const { code, stdout } = await earsight('report', run, other, '--data', data, '--output', output);
  expect([code, stdout]).toEqual([0, `${output}\n`]);
  const { runs } = dataOf(readFileSync(output, 'utf8'));
  expect(runs.map(({ name, stages }) => [name, stages[0].metrics.reward.values])).toEqual([
    ['run', [0.5]],
    ['other-run', [0.25]],
  ]);
  const missing = await earsight('report', run, join(folder, 'none'));
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('none: no such folder')]);
});
