/** Servers of the smallest models, asked by the official client and by plain requests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import type { OmniModel } from '../../lib/omni/index.js';
import { type ServeLimits, type ServeOptions, startServer } from '../../lib/serve/index.js';
import { textModel } from '../omni/text-model.js';

export const limits: ServeLimits = {
  bodyBytes: 2 ** 20,
  running: 8,
  queued: 8,
  newTokens: 100_000,
  promptTokens: 4096,
  seconds: 120,
};

export type TestServer = Awaited<ReturnType<typeof startServer>> & { client: OpenAI; lines: string[] };

const running: TestServer[] = [];

/** Ends what the tests started. */
export async function stopServers(): Promise<void> {
  await Promise.all(running.splice(0).map((server) => server.stop(0)));
}

export async function serve(
  model: OmniModel,
  { limits: own, ...options }: Partial<Omit<ServeOptions, 'limits'>> & { limits?: Partial<ServeLimits> } = {},
): Promise<TestServer> {
  const lines: string[] = [];
  const token = options.token ?? null;
  const server = await startServer(model, {
    name: 'tiny',
    host: '127.0.0.1',
    port: 0,
    token,
    mediaFolders: [],
    log: (line) => lines.push(line),
    ...options,
    limits: { ...limits, ...own },
  });
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: token ?? 'none', maxRetries: 0 });
  const started = { ...server, client, lines };
  running.push(started);
  return started;
}

/** A folder that is gone after the tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'earsight-serve-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A text model whose answers do not end by themselves. */
export function endlessModel(): OmniModel {
  const model = textModel(['a bell', 'a dog']);
  jest.spyOn(model, 'stopIds', 'get').mockReturnValue([]);
  return model;
}

/** What the openai client would not send. @returns status, headers and the answer as JSON */
export async function send(
  { url }: { url: string },
  body: string | Buffer | object,
  headers: Record<string, string> = {},
  path = '/v1/chat/completions',
  method = 'POST',
): Promise<{ status: number; headers: Record<string, unknown>; body: { error: Record<string, unknown> } }> {
  const written = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${url}${path}`,
      { method, headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => {
          text += part;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text === '' ? {} : JSON.parse(text),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(written);
  });
}

/** Once the condition holds; the test's own time limit ends the waiting. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
