/** Options are checked when the judge is made, and the key stays where it is. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type OpenAIJudgeOptions, openAI } from '../../lib/judges/index.js';
import {
  answering,
  type Behaviour,
  closeEndpoints,
  endpoint,
  refusing,
  saying,
  scoring,
  warnings,
} from './endpoint.js';

const key = 'sk-test.0123456/789abcdef';
const variable = 'EARSIGHT_TEST_JUDGE_KEY';
const folder = mkdtempSync(join(tmpdir(), 'earsight-judge-test-'));

beforeEach(() => {
  process.env[variable] = key;
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(async () => {
  delete process.env[variable];
  jest.restoreAllMocks();
  await closeEndpoints();
});
afterAll(() => rmSync(folder, { recursive: true }));

const made = (options: Record<string, unknown>) => () =>
  openAI({ baseUrl: 'http://127.0.0.1:1/v1', model: 'm', ...options } as OpenAIJudgeOptions);

test.each<[Record<string, unknown>, RegExp]>([
  [{ baseUrl: undefined }, /baseUrl: expected an address such as/],
  [{ baseUrl: 'localhost:8000' }, /baseUrl: expected an address such as/],
  [{ baseUrl: 'nonsense' }, /baseUrl: expected an address such as/],
  [{ baseUrl: 'ftp://host/v1' }, /baseUrl: .*begins with ftp:/],
  [{ baseUrl: 5 }, /baseUrl/],
  [{ model: undefined }, /model: expected a text/],
  [{ model: '' }, /model: expected a text that is not empty/],
  [{ concurrency: 0 }, /concurrency: expected an integer >= 1, got 0/],
  [{ timeoutSeconds: 0 }, /timeoutSeconds: expected a number of seconds above 0, at most 300, got 0/],
  [{ timeoutSeconds: 301 }, /timeoutSeconds: .*got 301/],
  [{ retries: -1 }, /retries: expected an integer >= 0/],
  [{ media: 'audio' }, /media: expected one of video, frames/],
  [{ cacheFolder: '' }, /cacheFolder/],
  [{ temperature: 1 }, /no argument named 'temperature'/],
  [{ apiKeyEnv: `${variable}_2` }, /the environment variable EARSIGHT_TEST_JUDGE_KEY_2 is not set/],
])('%p is refused', (options, message) => {
  expect(made(options)).toThrow(message);
});

test('a cache folder that is a file is refused', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(made({ cacheFolder: join(folder, 'file') })).toThrow(/cacheFolder: .*is no folder/);
});

test.each<[string, Record<string, unknown>]>([
  ['a key as the name of the variable', { apiKeyEnv: key }],
  ['a key as an option', { apiKey: key }],
  ['a key in the address as its user', { baseUrl: `http://${encodeURIComponent(key)}@host/v1` }],
  ['a key in the address as its password', { baseUrl: `http://me:${encodeURIComponent(key)}@host/v1` }],
  ['a key in the query of the address', { baseUrl: `http://host/v1?key=${key}` }],
  ['a key in the fragment of the address', { baseUrl: `http://host/v1#${key}` }],
])('%s is refused, and the message does not hold it', (_, options) => {
  let text = '';
  try {
    made(options)();
  } catch (error) {
    text = inspect(error);
  }
  expect(text).toMatch(/judges\.openAI/);
  expect(text.split('\n')[0]).not.toContain(key);
  expect((text.match(/.*/) as string[])[0]).not.toContain('0123456');
});

test.each(['', `${key} x`, `${key}\n`, `${key}ä`])('a variable with no key (%j) is refused', (value) => {
  process.env[variable] = value;
  expect(made({ apiKeyEnv: variable })).toThrow(/apiKeyEnv: .*EARSIGHT_TEST_JUDGE_KEY/);
  expect(made({ apiKeyEnv: variable })).not.toThrow(/0123/);
});

test('the key is sent as a bearer token, and read when the judge is made', async () => {
  const { judge, sent } = await endpoint(scoring(1));
  const own = judge({ apiKeyEnv: variable });
  delete process.env[variable];
  await own.judge([answering('x')]);
  expect(sent[0].headers.authorization).toBe(`Bearer ${key}`);
});

test('a slash at the end of the address changes nothing', async () => {
  const { judge, sent, baseUrl } = await endpoint(scoring(1));
  await judge({ baseUrl: `${baseUrl}/` }).judge([answering('x')]);
  expect(sent[0].url).toBe('/v1/chat/completions');
});

describe('the key stands in no output', () => {
  const withKey: [string, Behaviour][] = [
    ['a refusal that repeats it', refusing(401, {}, `Incorrect API key provided: ${key}`)],
    ['a refusal that ends within it', refusing(401, {}, `${'x'.repeat(160)} ${key}`)],
    [
      'a refusal that repeats it with an escaped slash',
      (response) => {
        response.writeHead(401);
        response.end(`{"error": {"message": "not ${key.replace('/', '\\/')}"}}`);
      },
    ],
    ['an error of the server that repeats it', refusing(500, {}, `Bearer ${key}`)],
    ['a reply that repeats it', saying(key)],
    ['a reply that is cut within it', saying(`${'x'.repeat(60)}${key}`)],
    ['a reason that repeats it', saying(JSON.stringify({ reason: `with ${key}`, score: 1 }))],
    [
      'a reason that repeats it in escapes',
      saying(`{"reason": "${key.replace('s', '\\u0073')}", "score": 1}`),
    ],
    ['a score that is it', saying(JSON.stringify({ reason: '', score: key }))],
    [
      'a content type that repeats it',
      (response) => {
        response.writeHead(200, { 'content-type': `text/${key}` });
        response.end();
      },
    ],
    [
      'a redirect that repeats it',
      (response) => {
        response.writeHead(302, { location: `/?key=${key}` });
        response.end(`go to /?key=${encodeURIComponent(key)}`);
      },
    ],
    ['a connection that is cut', (response) => void response.socket?.destroy()],
  ];

  test.each(withKey)('%s', async (name, behaviour) => {
    const texts = warnings();
    const printed = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write'));
    const cacheFolder = join(folder, name);
    const { judge, sent } = await endpoint(behaviour);
    const own = judge({ apiKeyEnv: variable, cacheFolder, retries: 1 });
    const scores = await own.judge([answering('x')]);
    expect(sent[0].headers.authorization).toContain(key);
    expect(scores).toEqual([name.startsWith('a reason') ? 1 : null]);

    const written =
      scores[0] === null ? [] : readdirSync(cacheFolder, { recursive: true, withFileTypes: true });
    const files = written
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name: file }) => readFileSync(join(parentPath, file), 'utf8'));
    expect(files).toHaveLength(scores[0] === null ? 0 : 1);
    const output = [
      ...texts,
      ...files,
      ...printed.flatMap(({ mock }) => mock.calls.map(([text]) => String(text))),
      inspect(own, { showHidden: true, depth: 4 }),
      JSON.stringify([own, own.metrics()]),
    ].join('\n');
    // Not in part either.
    expect(output).not.toMatch(/k-test|123456/);
    expect(output).toMatch(/\S/);
  });
});
