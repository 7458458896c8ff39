// A local HTTP server that serves an archive honestly or not.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Manner =
  | 'honest'
  | 'truncated' // announces all, sends half, closes
  | 'ends early' // announces nothing, sends half, ends cleanly
  | 'announces more'
  | 'announces less'
  | 'stalls'
  | 'missing'
  | 'flaky'; // truncated the first time, honest after that

export interface ArchiveServer {
  /** Address of the archive served in this manner. */
  url(manner: Manner): string;
  /** Address that redirects to `target`. */
  redirect(target: string): string;
  requests: string[];
  close(): Promise<void>;
}

export async function archiveServer(body: Buffer): Promise<ArchiveServer> {
  const requests: string[] = [];
  const half = body.subarray(0, body.length >> 1);
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const again = requests.includes(path);
    requests.push(path);
    const manner = path === 'flaky' ? (again ? 'honest' : 'truncated') : path;
    const announce = (length: number) => response.writeHead(200, { 'content-length': length });
    switch (manner) {
      case 'honest':
        announce(body.length).end(body);
        break;
      case 'truncated':
        announce(body.length).write(half, () => response.socket?.destroy());
        break;
      case 'ends early':
        response.writeHead(200).end(half);
        break;
      case 'announces more':
        announce(body.length + 1000).write(body, () => response.socket?.end());
        break;
      case 'announces less':
        response.strictContentLength = false;
        announce(body.length - 1000).end(body);
        break;
      case 'stalls':
        announce(body.length).write(half);
        break;
      case 'missing':
        response.writeHead(404).end();
        break;
      default:
        response.writeHead(302, { location: path }).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: (manner) => `${base}/${encodeURIComponent(manner)}`,
    redirect: (target) => `${base}/${encodeURIComponent(target)}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
