/** The live page of runs over HTTP, for this machine alone. No path of a request leads to a file: clips have numbers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LiveReport } from '../report/index.js';
import { loopbackToBind, namesThisMachine } from './access.js';
import { sendFile } from './file-response.js';
import { listen } from './listen.js';

interface ReportServerOptions {
  host: string;
  /** 0: a free one. */
  port: number;
  /** Takes what went wrong. */
  log(line: string): void;
}

interface ReportServer {
  url: string;
  stop(): Promise<void>;
}

/** @throws BadInputError where it cannot listen, or others could ask */
export async function startReportServer(
  report: LiveReport,
  { host, port, log }: ReportServerOptions,
): Promise<ReportServer> {
  const address = await loopbackToBind(host);
  const { server, url } = await listen(
    (request, response) => {
      answer(report, request, response).catch((error: Error) => {
        log(`${request.method} ${request.url}: ${error.stack}`);
        if (response.headersSent) response.destroy();
        else sendText(response, 500, `the server failed: ${error.message}`);
      });
    },
    { host, address, port },
  );
  return {
    url,
    stop() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function answer(report: LiveReport, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  // Pages of other sites may not take it in.
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('cache-control', 'no-store');
  if (!namesThisMachine(request.headers.host))
    return sendText(response, 403, 'the Host header names another machine; ask 127.0.0.1');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return sendText(response, 405, 'expected GET');
  }
  const [, pathname, query] = /^([^?]*)\??(.*)$/s.exec(request.url ?? '') as RegExpExecArray;
  if (pathname === '/') {
    const { html, policy } = report.page;
    response.setHeader('content-security-policy', `${policy}; frame-ancestors 'none'`);
    return send(response, 'text/html; charset=utf-8', html);
  }
  if (pathname === '/view') {
    const { text, tag } = report.view;
    response.setHeader('etag', `"${tag}"`);
    if (request.headers['if-none-match'] === `"${tag}"`) {
      response.writeHead(304).end();
      return;
    }
    return send(response, 'application/json', text);
  }
  if (pathname === '/rollouts') {
    const searchParams = new URLSearchParams(query);
    const [run, step] = ['run', 'step'].map((name) => Number(searchParams.get(name) ?? Number.NaN));
    const rollouts = report.step(run, searchParams.get('stage') ?? '', step);
    if (rollouts === null) return sendText(response, 404, 'the run has no completions of this step');
    return send(response, 'application/json', JSON.stringify(rollouts));
  }
  if (pathname === '/paths') {
    const searchParams = new URLSearchParams(query);
    const [stage, sample] = ['stage', 'sample'].map((name) => searchParams.get(name) ?? '');
    const paths = report.paths(Number(searchParams.get('run') || Number.NaN), stage, sample);
    if (paths === null) return sendText(response, 404, 'the run has no paths of this sample');
    return send(response, 'application/json', JSON.stringify(paths));
  }
  const clip = report.clip(Number(/^\/clips\/(\d{1,9})$/.exec(pathname)?.[1] ?? Number.NaN));
  if (clip === null) return sendText(response, 404, 'no such page');
  return sendFile(request, response, clip);
}

function send(response: ServerResponse, type: string, text: string): void {
  const length = Buffer.byteLength(text);
  // Node sends no body in answer to HEAD.
  response.writeHead(200, { 'content-type': type, 'content-length': length }).end(text);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
