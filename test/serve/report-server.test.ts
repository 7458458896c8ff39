/** The live page's server: who may ask, what it gives out, and parts of clips. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { LiveReport } from '../../lib/report/index.js';
import { startReportServer } from '../../lib/serve/index.js';
import { completion, jsonLines, writeMetrics, writePathFiles } from '../report/browser/runs.js';
import { temporaryFolder } from './server.js';

const folder = temporaryFolder();
const run = join(folder, 'run');
const bytes = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
let server: Awaited<ReturnType<typeof startReportServer>>;

beforeAll(async () => {
  mkdirSync(run);
  for (const name of ['run/clip.mp4', 'secret.mp4', 'run/empty.wav'])
    writeFileSync(join(folder, name), name.endsWith('wav') ? '' : bytes);
  writeMetrics(run, 'grpo', [{ step: 1, loss: 2 }]);
  const samples = ['run/clip.mp4', 'run/empty.wav', 'secret.mp4'].map((name, i) => ({
    id: `s${i}`,
    [name.endsWith('wav') ? 'audio' : 'video']: join(folder, name),
    question: 'q',
    answer: 'a',
  }));
  writeFileSync(join(run, 'data.jsonl'), jsonLines(samples));
  writeFileSync(
    join(run, 'grpo', 'completions.jsonl'),
    jsonLines(samples.map(({ id }) => completion({ step: 7, sample: id }))),
  );
  const path = { seed: 3, path: ['so', 'x'].map((text) => `${text}<end_of_step>`), tokens: 5 };
  writePathFiles(run, 'sample-paths', {
    paths: ['s0', 's2'].map((sampleId) => ({ ...path, sampleId, answer: 'a', correct: true })),
  });
  const report = new LiveReport([
    { folder: run, mediaFolders: [], dataFiles: () => [join(run, 'data.jsonl')] },
  ]);
  server = await startReportServer(report, { host: '127.0.0.1', port: 0, log: () => {} });
});
afterAll(() => server.stop());

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A path as it is written: fetch would resolve its dots. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts),
        }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

const step = async () => JSON.parse((await ask('/rollouts?run=0&stage=grpo&step=7')).body.toString());

describe('who may ask', () => {
  test.each(['127.0.0.1', 'localhost', 'LOCALHOST:80', '[::1]:6006'])(
    'a page that names the host %s',
    async (host) => {
      expect((await ask('/view', { host })).status).toBe(200);
    },
  );

  test.each(['example.org', 'example.org:80', '127.0.0.1.example.org', '10.0.0.1'])(
    'not one that gives this machine the name "%s"',
    async (host) => {
      for (const path of [
        '/',
        '/view',
        '/rollouts?run=0&stage=grpo&step=7',
        '/paths?run=0&stage=sample-paths&sample=s0',
        '/clips/0',
      ]) {
        const { status, body } = await ask(path, { host });
        expect([status, body.toString()]).toEqual([403, expect.stringContaining('Host header')]);
      }
    },
  );

  test('no other machine', async () => {
    const report = new LiveReport([]);
    for (const host of ['0.0.0.0', '::'])
      await expect(startReportServer(report, { host, port: 0, log: () => {} })).rejects.toThrow(
        `--host ${host}: other machines could read the run`,
      );
  });

  test('by reading alone', async () => {
    const { status, headers } = await ask('/view', {}, 'POST');
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('what it gives out', () => {
  test.each([
    '/../secret.mp4',
    '/clips/../../secret.mp4',
    '/clips/%2e%2e%2fsecret.mp4',
    '/clips/99',
    '/clips/-1',
    '/clips/0.5',
    '/clips/0/x',
    '/run.json',
    '/rollouts?run=1&stage=grpo&step=7',
    '/rollouts?run=0&stage=..&step=7',
    '/rollouts?run=0&stage=grpo&step=8',
    '/rollouts?run=__proto__&stage=grpo&step=7',
    '/rollouts',
    '/paths?run=1&stage=sample-paths&sample=s0',
    '/paths?run=&stage=sample-paths&sample=s0',
    '/paths?run=0&stage=grpo&sample=s0',
    '/paths?run=0&stage=sample-paths&sample=s9',
    '/paths?run=0&stage=sample-paths&sample=__proto__',
    '/paths',
    '//',
    'http://127.0.0.1/view',
  ])('nothing at %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  test('the paths of a sample, with its clip', async () => {
    const { headers, body } = await ask('/paths?run=0&stage=sample-paths&sample=s0');
    expect(headers['content-type']).toBe('application/json');
    const { sample, about, paths } = JSON.parse(body.toString());
    expect([sample, about.clip.name]).toEqual(['s0', 'clip.mp4']);
    expect(paths[0].steps.map(({ text }: { text: string }) => text)).toEqual(['so', 'x']);
    const other = JSON.parse((await ask('/paths?run=0&stage=sample-paths&sample=s2')).body.toString());
    expect(other.about.clip).toMatchObject({ source: null });
  });

  test('clips of the run under numbers, and of others the name alone', async () => {
    const { samples } = await step();
    expect(samples.s0.clip).toMatchObject({ name: 'clip.mp4', source: '/clips/0' });
    expect(samples.s2.clip).toMatchObject({
      source: null,
      note: 'not shown: outside the folders of the run and of its data',
    });
    const { headers, body } = await ask('/clips/0');
    expect(headers).toMatchObject({ 'content-type': 'video/mp4', 'x-content-type-options': 'nosniff' });
    expect(body.equals(bytes)).toBe(true);
  });

  test('a page that may run its own script and nothing else', async () => {
    const { headers } = await ask('/');
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy.filter((rule) => /http|\*|unsafe/.test(rule))).toEqual([]);
    expect(policy.find((rule) => rule.startsWith('script-src'))).toMatch(/^script-src 'sha256-[^' ]+'$/);
  });

  test('a view once, and again when it has changed', async () => {
    const { headers } = await ask('/view');
    const again = await ask('/view', { 'if-none-match': String(headers.etag) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    writeMetrics(run, 'grpo', [
      { step: 1, loss: 2 },
      { step: 2, loss: 1 },
    ]);
    const { status, body } = await ask('/view', { 'if-none-match': String(headers.etag) });
    expect(status).toBe(200);
    expect(JSON.parse(body.toString()).runs[0].stages[0].metrics.loss).toMatchObject({ values: [2, 1] });
  });
});

describe('parts of a clip', () => {
  beforeAll(step);

  test.each([
    ['bytes=0-9', 0, 9],
    ['bytes=90-', 90, 99],
    ['bytes=-10', 90, 99],
    ['bytes=50-5000', 50, 99],
    ['bytes=99-99', 99, 99],
    ['bytes=-500', 0, 99],
  ])('%s', async (range, first, last) => {
    const { status, headers, body } = await ask('/clips/0', { range });
    expect([status, headers['content-range']]).toEqual([206, `bytes ${first}-${last}/100`]);
    expect([...body]).toEqual([...bytes.subarray(first, last + 1)]);
  });

  test.each(['bytes=100-', 'bytes=9-5', 'bytes=-0'])('%s is of no bytes', async (range) => {
    const { status, headers, body } = await ask('/clips/0', { range });
    expect([status, headers['content-range'], body.length]).toEqual([416, 'bytes */100', 0]);
  });

  test.each(['bytes=0-1,5-6', 'items=0-1', 'bytes=-'])(
    '%s is answered with the whole file',
    async (range) => {
      const { status, body } = await ask('/clips/0', { range });
      expect([status, body.length]).toEqual([200, 100]);
    },
  );

  test('an empty file, and one that is gone', async () => {
    const empty = await ask('/clips/1');
    expect([empty.status, empty.body.length]).toEqual([200, 0]);
    const head = await ask('/clips/0', {}, 'HEAD');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '100', 0]);
    rmSync(join(run, 'clip.mp4'));
    expect((await ask('/clips/0')).status).toBe(404);
  });
});
