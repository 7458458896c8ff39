/** A file as an answer, whole or a range of it: a player seeks by asking for a part. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers 404 where the file is gone. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { path, type }: { path: string; type: string },
): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile()) {
    response.writeHead(404).end();
    return;
  }
  const { size } = found;
  const range = rangeOf(request.headers.range, size);
  if (range === 'none') {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
    return;
  }
  const [start, end] = range ?? [0, size - 1];
  response.writeHead(range === null ? 200 : 206, {
    'content-type': type,
    'accept-ranges': 'bytes',
    'content-length': Math.max(0, end - start + 1),
    ...(range !== null && { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD' || size === 0) {
    response.end();
    return;
  }
  const file = createReadStream(path, { start, end });
  file.on('error', () => response.destroy());
  response.on('close', () => file.destroy());
  file.pipe(response);
}

/** First and last byte; null: the whole file (no range, or one of a form that a server may leave out); 'none': there are no such bytes. */
function rangeOf(header: string | undefined, size: number): [start: number, end: number] | null | 'none' {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || (first === '' && last === '')) return null;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(size - 1, Number(last));
  return start <= end ? [start, end] : 'none';
}
