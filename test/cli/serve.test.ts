/** `earsight serve` as a process: its lines, the token, and how signals end it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { textModel } from '../omni/text-model.js';
import { earsight } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-cli-serve-'));
const text = join(folder, 'bells');
const temporaries = mkdtempSync(join(tmpdir(), 'earsight-cli-serve-tmp-'));
const messages = [{ role: 'user' as const, content: 'What?' }];

beforeAll(() => textModel().savePretrained(text));
afterAll(() => {
  for (const each of [folder, temporaries]) rmSync(each, { recursive: true });
});

interface Served {
  process: ChildProcess;
  client: OpenAI;
  /** What stands on standard error. */
  log(): string;
  ended: Promise<number | null>;
}

async function start(token: string, ...words: string[]): Promise<Served> {
  const main = join(__dirname, '../../dist/cli/main.js');
  const child = spawn(process.execPath, [main, 'serve', text, '--port', '0', ...words], {
    env: { ...process.env, EARSIGHT_API_KEY: token, TMPDIR: temporaries },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    ended.then((code) => reject(new Error(`ended with ${code}: ${log}`)));
    child.stderr.setEncoding('utf8').on('data', (part) => {
      log += part;
      const [, found] = /^bells at (http\S+)/m.exec(log) ?? [];
      if (found) resolve(found);
    });
  });
  const client = new OpenAI({ baseURL: url, apiKey: token, maxRetries: 0 });
  return { process: child, client, log: () => log, ended };
}

const stream = ({ client }: Served, tokens: number) =>
  client.chat.completions.create({ model: 'bells', messages, max_tokens: tokens, stream: true });

test('answers, logs no token, and ends by SIGTERM when its requests are finished', async () => {
  const served = await start('a-token');
  const { choices } = await served.client.chat.completions.create({
    model: 'bells',
    messages,
    max_tokens: 3,
  });
  expect(choices[0].message.role).toBe('assistant');
  const chunks = await stream(served, 200);
  served.process.kill('SIGTERM');
  let reason: string | null = null;
  for await (const { choices: parts } of chunks) reason = parts[0]?.finish_reason ?? reason;
  expect(['stop', 'length']).toContain(reason);
  expect(await served.ended).toBe(143);
  expect(served.log()).toMatch(/POST \/v1\/chat\/completions 200 \d+ ms/);
  expect(served.log()).not.toContain('a-token');
  expect(readdirSync(temporaries)).toEqual([]);
}, 180_000);

test('ends at once by a second signal', async () => {
  const served = await start('a-token');
  // A client that has not sent its body holds the server up.
  const open = fetch(`${served.client.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer a-token', 'content-type': 'application/json' },
    body: new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{')) }),
    duplex: 'half',
  } as RequestInit);
  const broken = expect(open).rejects.toThrow();
  await served.client.models.list();
  served.process.kill('SIGINT');
  while (!served.log().includes('SIGINT')) await new Promise((resolve) => setTimeout(resolve, 5));
  served.process.kill('SIGINT');
  expect(await served.ended).toBe(130);
  await broken;
  expect(readdirSync(temporaries)).toEqual([]);
}, 180_000);

describe('is refused with code 2', () => {
  const unsupported = join(folder, 'unsupported');

  test.each<[string, string[], Record<string, string>, string]>([
    ['a host for others without a token', [text, '--host', '0.0.0.0'], {}, 'set EARSIGHT_API_KEY'],
    ['an empty token', [text], { EARSIGHT_API_KEY: ' ' }, 'EARSIGHT_API_KEY: is empty'],
    ['a port that is none', [text, '--port', '70000'], {}, 'from 0 to 65535'],
    ['a folder of media that is not there', [text, '--media-folder', 'gone'], {}, 'gone: no such folder'],
    ['a time beyond timers', [text, '--request-seconds', '9999999'], {}, 'expected at most'],
    ['a model that is not there', ['gone'], {}, 'no such folder'],
    ['a model that samples otherwise', [unsupported], {}, 'num_beams: 4'],
  ])('%s', async (_, words, env, reason) => {
    textModel().savePretrained(unsupported);
    writeFileSync(join(unsupported, 'generation_config.json'), '{"num_beams":4,"eos_token_id":0}');
    const own = process.env.EARSIGHT_API_KEY;
    delete process.env.EARSIGHT_API_KEY;
    Object.assign(process.env, env);
    try {
      const { code, stderr } = await earsight('serve', ...words);
      expect(stderr).toContain(reason);
      expect(code).toBe(2);
    } finally {
      if (own === undefined) delete process.env.EARSIGHT_API_KEY;
      else process.env.EARSIGHT_API_KEY = own;
    }
  });
});
