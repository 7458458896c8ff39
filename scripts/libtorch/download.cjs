// Fetches one large file over HTTPS and believes nothing that it can check: the protocol at every redirect, the
// announced length, the hash.

const { createHash } = require('node:crypto');
const { createWriteStream } = require('node:fs');
const { Readable, Transform } = require('node:stream');
const { pipeline } = require('node:stream/promises');

const MAX_REDIRECTS = 5;
const ATTEMPTS = 3;

/** Plain HTTP could be changed on its way; on the machine itself (a mirror, a test) it cannot. */
function checkUrl(text) {
  const url = new URL(text);
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && loopback)) return url;
  throw new DownloadError(`${text} is refused: only https: (and http: on loopback) is allowed`);
}

/** A failure that another attempt cannot mend. */
class DownloadError extends Error {}

/**
 * Downloads `url` to `file`. Returns { sha256, bytes }. Throws when the transfer is cut off, when its length differs
 * from the announced one, or when `sha256` is given and differs. `onProgress(received, announced)` is called on the
 * way; `idleMs` without a byte counts as cut off.
 */
async function download(url, file, { sha256, onProgress = () => {}, idleMs = 60_000 } = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await transfer(checkUrl(url), file, onProgress, idleMs);
      if (sha256 && result.sha256 !== sha256.toLowerCase()) {
        throw new DownloadError(`${url} has sha256 ${result.sha256}, expected ${sha256}`);
      }
      return result;
    } catch (error) {
      if (error instanceof DownloadError || attempt === ATTEMPTS) throw error;
    }
  }
}

async function transfer(start, file, onProgress, idleMs) {
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), idleMs);
  let received = 0;
  let announced;
  let sink;
  const hash = createHash('sha256');
  const count = new Transform({
    transform(chunk, _encoding, done) {
      received += chunk.length;
      hash.update(chunk);
      onProgress(received, announced);
      clearTimeout(timer);
      timer = setTimeout(() => idle.abort(), idleMs);
      done(null, chunk);
    },
  });
  try {
    const response = await follow(start, idle.signal);
    const header = response.headers.get('content-length');
    announced = header === null ? undefined : Number(header);
    sink = createWriteStream(file);
    await pipeline(Readable.fromWeb(response.body), count, sink);
  } catch (error) {
    // A stream that is destroyed while it opens still creates its file: the caller may clean up only after that.
    if (sink && !sink.closed) await new Promise((resolve) => sink.once('close', resolve));
    if (error instanceof DownloadError) throw error;
    const of = announced === undefined ? '' : ` of ${announced}`;
    const reason = idle.signal.aborted
      ? `no byte for ${idleMs / 1000} s`
      : (error.cause?.message ?? error.message);
    throw new Error(`${start} was cut off after ${received}${of} bytes: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  if (announced !== undefined && received !== announced) {
    throw new Error(`${start} sent ${received} bytes and had announced ${announced}`);
  }
  return { sha256: hash.digest('hex'), bytes: received };
}

async function follow(start, signal) {
  let url = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const headers = { 'accept-encoding': 'identity' };
    const response = await fetch(url, { redirect: 'manual', headers, signal });
    if (response.status >= 300 && response.status < 400) {
      url = checkUrl(new URL(response.headers.get('location') ?? '', url).href);
      continue;
    }
    if (!response.ok) throw new DownloadError(`${url} answered ${response.status} ${response.statusText}`);
    return response;
  }
  throw new DownloadError(`${start} redirects more than ${MAX_REDIRECTS} times`);
}

module.exports = { download };
