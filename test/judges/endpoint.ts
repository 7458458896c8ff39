/** An endpoint of the tests: it keeps what it was sent, and does with each request what the test says. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OpenAIJudge, type OpenAIJudgeOptions, openAI } from '../../lib/judges/index.js';
import type { JudgeRequest } from '../../lib/rewards/index.js';
import { question } from '../rewards/batch.js';

interface Part {
  type: string;
  text?: string;
  image_url?: { url: string };
  video_url?: { url: string };
  input_audio?: { data: string; format: string };
}

export interface Sent {
  body: {
    model: string;
    messages: { role: string; content: string | Part[] }[];
    temperature?: number;
    max_tokens?: number;
    max_completion_tokens?: number;
    response_format?: { type: string };
  };
  headers: IncomingHttpHeaders;
  url: string;
  /** Milliseconds of a clock that only goes forward. */
  at: number;
}

export type Behaviour = (response: ServerResponse, sent: Sent) => void | Promise<void>;

/** The reply of a judge that is well. */
export const saying =
  (content: unknown, usage: object = { prompt_tokens: 100, completion_tokens: 20 }): Behaviour =>
  (response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }], usage }));
  };

export const scoring = (score: unknown): Behaviour => saying(JSON.stringify({ reason: 'as it is', score }));

export const refusing =
  (status: number, headers: Record<string, string> = {}, message = 'not now'): Behaviour =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message } }));
  };

export interface Endpoint {
  baseUrl: string;
  sent: Sent[];
  judge(options?: Partial<OpenAIJudgeOptions>): OpenAIJudge;
}

const endings: (() => Promise<unknown>)[] = [];

/** Ends what the tests started. */
export async function closeEndpoints(): Promise<void> {
  await Promise.all(endings.splice(0).map((end) => end()));
}

/** @param behaviours of the first request, the second one, and so on; the last one goes for all that follow */
export async function endpoint(...behaviours: Behaviour[]): Promise<Endpoint> {
  const sent: Sent[] = [];
  let count = 0;
  const server = createServer(async (request, response) => {
    const behaviour = behaviours[Math.min(count++, behaviours.length - 1)];
    const at = performance.now();
    const body = JSON.parse(await textOf(request));
    const own = { body, headers: request.headers, url: request.url ?? '', at };
    sent.push(own);
    await behaviour(response, own);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const judge = (options: Partial<OpenAIJudgeOptions> = {}): OpenAIJudge => {
    const made = openAI({ baseUrl, model: 'tiny-judge', retries: 0, ...options });
    endings.push(() => made.close());
    return made;
  };
  return { baseUrl, sent, judge };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A request about text alone. */
export const answering = (answer: string, id = 'clip-1/q-1'): JudgeRequest => ({
  kind: 'answer',
  sample: question({ id, answer: 'a blue circle' }),
  answer,
});

/** What is written as a warning until the test ends. */
export function warnings(): string[] {
  const texts: string[] = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((warning) => void texts.push(String(warning)));
  return texts;
}
