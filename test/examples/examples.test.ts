// The programs in examples/ run as they stand and do what they say.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const root = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'earsight-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The lines that an example prints. */
async function linesOf(name: string, ...args: string[]): Promise<string[]> {
  const env = { ...process.env, OMP_NUM_THREADS: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'examples', name), ...args], {
    cwd: folder,
    env,
  });
  return stdout.trim().split('\n');
}

/** Numbers after a word in each line. */
const after = (lines: readonly string[], word: string) =>
  lines.map((line) => Number(new RegExp(`${word} (-?[\\d.]+)`).exec(line)?.[1]));

test('the README names every example', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const unnamed = readdirSync(join(root, 'examples')).filter((name) => !readme.includes(`examples/${name}`));
  expect(unnamed).toEqual(['tiny-model.mjs']);
});

test("a reward of one's own is learnt, and one that applies to some samples", async () => {
  const lines = await linesOf('custom-reward.mjs');
  expect(lines).toHaveLength(6);
  for (const name of ['readable', 'lowercase']) {
    const means = after(lines, name);
    expect(means[5]).toBeGreaterThan(means[0] + 0.1);
  }
});

test('callbacks within a GRPO step see the best completion and its reward', async () => {
  const lines = await linesOf('grpo-callbacks.mjs');
  expect(lines.map((line) => line.split(':')[0])).toEqual(['step 10', 'step 20', 'step 30']);
  for (const line of lines) {
    const [, reward, text] = /reward ([\d.]+): W[^?]+\? (".*")$/.exec(line) as string[];
    const letters = JSON.parse(text).match(/[a-z ]/gi)?.length ?? 0;
    expect(Number(reward)).toBeCloseTo(letters / JSON.parse(text).length, 12);
  }
});

test('DPO comes to prefer the chosen completions, of its own pairs and of a file', async () => {
  const lines = await linesOf('dpo.mjs');
  const losses = after(lines, 'loss');
  expect(losses).toHaveLength(3);
  expect(losses[0]).toBeLessThan(Math.log(2)); // the loss where policy and reference are equal
  expect(losses[2]).toBeLessThan(losses[0]);
  expect(after(lines, 'preferred')[2]).toBe(1);
  const file = join(folder, 'pairs.jsonl');
  const pair = { prompt: 'One word:', chosen: ' yes', rejected: ' no' };
  writeFileSync(file, Array(4).fill(JSON.stringify(pair)).join('\n'));
  expect(after(await linesOf('dpo.mjs', file), 'preferred')[2]).toBe(1);
});

test('a LoRA adapter learns the answer that the base does not give, loaded and merged alike', async () => {
  const lines = await linesOf('lora.mjs');
  expect(lines[0]).toMatch(/^14 layers adapted: 16384 parameters trained beside 91456$/);
  const losses = after(lines.slice(1, 5), 'loss');
  expect(losses[3]).toBeLessThan(losses[0]);
  const answers = Object.fromEntries(lines.slice(5).map((line) => line.split(': ')));
  expect(answers).toMatchObject({ 'with the adapter': '"red"', merged: '"red"' });
  expect(answers['without it']).not.toBe('"red"');
});

test('workers score texts, each with tensors of its own', async () => {
  const lines = await linesOf('workers.mjs');
  const found = lines.map((line) => /^worker (\d) \((\d+) tensors\): (.*): (-[\d.]+)$/.exec(line));
  expect(found.map((match) => match?.[3])).toEqual([
    ...['a bell rings', 'glass breaks'],
    ...['a dog barks twice', 'rain'],
    ...['nothing is heard', 'a door'],
  ]);
  expect(found.map((match) => match?.[1])).toEqual(['0', '0', '1', '1', '2', '2']);
  // The weights alone, whatever the other threads hold: nine a layer, embeddings and the last norm.
  expect(new Set(found.map((match) => match?.[2]))).toEqual(new Set(['20']));
  // Fresh weights know nothing: about ln 272 a byte after the first.
  for (const match of found) {
    const bytes = (match as RegExpExecArray)[3].length - 1;
    expect(-Number(match?.[4]) / bytes / Math.log(272)).toBeCloseTo(1, 0);
  }
});

describe('the server', () => {
  const env = { ...process.env, PORT: '0', OMP_NUM_THREADS: '1' };
  const server = spawn(process.execPath, [join(root, 'examples/server.mjs')], { env });
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => (await lines.next()).value;
  let address = '';
  beforeAll(async () => {
    [address] = /http:\S+/.exec(await nextLine()) as RegExpExecArray;
  });
  afterAll(async () => {
    server.kill();
    await once(server, 'exit');
  });
  const post = (body: string, signal?: AbortSignal) => fetch(address, { method: 'POST', body, signal });

  test('streams a completion as events, the last with why it ended', async () => {
    const response = await post('{ "question": "What rings?", "maxNewTokens": 6, "seed": 1 }');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = (await response.text()).trim().split('\n\n');
    const pieces = events.map((event) => JSON.parse(event.replace(/^data: /, '')));
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.map(({ finishReason }) => finishReason).filter(Boolean)).toEqual(['length']);
    expect(await nextLine()).toBe('"What rings?": length');
  });

  test('ends a completion whose client goes away, and answers another meanwhile', async () => {
    const gone = new AbortController();
    const long = await post('{ "question": "Who?", "maxNewTokens": 100000, "temperature": 0 }', gone.signal);
    const reader = (long.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const short = await post('{ "question": "And?", "maxNewTokens": 1 }');
    expect(await short.text()).toContain('"finishReason":"length"');
    expect(await nextLine()).toBe('"And?": length');
    gone.abort();
    expect(await nextLine()).toBe('"Who?": abort');
  });

  test('refuses a request that makes no sense with what is wrong', async () => {
    const response = await post('{ "question": "Who?", "temprature": 1 }');
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("did you mean 'temperature'?");
  });
});
