/** The body of a request as JSON, up to a size. */
import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.js';

/** @throws ApiError, and what the signal was aborted with */
export async function readJson(
  request: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<unknown> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  // Pages of other sites cannot send it without asking first.
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new ApiError(415, 'expected the header Content-Type: application/json');
  if (encoding !== 'identity')
    throw new ApiError(415, 'Content-Encoding: expected a body that is not compressed');
  const body = await readBytes(request, maxBytes, signal);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const what = error instanceof SyntaxError ? 'JSON' : 'UTF-8';
    throw new ApiError(400, `the body is not valid ${what}`, { code: 'invalid_json' });
  }
}

function readBytes(request: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (settle: () => void): void => {
      request.off('data', take);
      signal.removeEventListener('abort', abort);
      // What is left is read and dropped, so that the client can read the answer.
      request.resume();
      settle();
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) tooLarge();
      else chunks.push(chunk);
    };
    const tooLarge = (): void =>
      end(() =>
        reject(
          new ApiError(413, `the body is larger than ${maxBytes} bytes, the most that this server takes`, {
            code: 'request_too_large',
          }),
        ),
      );
    const abort = (): void => end(() => reject(signal.reason));
    if (signal.aborted) return abort();
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge();
    signal.addEventListener('abort', abort, { once: true });
    request.on('data', take);
    request.once('end', () => end(() => resolve(Buffer.concat(chunks))));
    request.once('error', (error) => end(() => reject(error)));
  });
}
