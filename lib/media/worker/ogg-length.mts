/** The pages of an Ogg file (RFC 3533, section 6): the last one of each stream is marked, so that its loss shows. */
import { TaskFailure } from './failure.mjs';
import type { FileBytes } from './file-bytes.mjs';

const headerBytes = 27;
const beginOfStream = 2;
const endOfStream = 4;

export function readOggLength(bytes: FileBytes): boolean {
  // By serial number: whether a page has content, which moves the granule position from 0, and whether the last one is there.
  const streams = new Map<number, { filled: boolean; ended: boolean }>();
  for (let at = 0; ; ) {
    const header = bytes.read(at, headerBytes + 255);
    if (header.length < headerBytes) break;
    if (header.toString('latin1', 0, 4) !== 'OggS') {
      // Damage, or what a writer put between two pages: on to the next page in sight.
      const next = header.indexOf('OggS', 1);
      at += next > 0 ? next : header.length - 3;
      continue;
    }
    const segments = header.subarray(headerBytes, headerBytes + header[26]!);
    const body = segments.reduce((sum, length) => sum + length, 0);
    const end = at + headerBytes + header[26]! + body;
    const serial = header.readUInt32LE(14);
    // Streams that belong together begin together. Those that begin later count time anew, and would get lost.
    if ((header[5]! & beginOfStream) !== 0 && [...streams.values()].some((stream) => stream.filled)) {
      throw new TaskFailure(
        'UNSUPPORTED',
        'several recordings follow one another in it, expected one; give each its own file, or join them (ffmpeg -f concat)',
      );
    }
    const filled = streams.get(serial)?.filled || header.readBigInt64LE(6) !== 0n;
    streams.set(serial, { filled, ended: end <= bytes.size && (header[5]! & endOfStream) !== 0 });
    at = end;
  }
  // A stream that is declared and stays empty has no end either.
  const found = [...streams.values()];
  const filled = found.filter((stream) => stream.filled);
  if ((filled.length > 0 ? filled : found).every(({ ended }) => ended)) return true;
  throw new TaskFailure('TRUNCATED', 'the last page of a stream is missing');
}
