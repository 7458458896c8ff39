/** The elements of a Matroska or WebM file (RFC 8794, section 6; RFC 9559, section 5.1). */
import { TaskFailure } from './failure.mjs';
import type { FileBytes } from './file-bytes.mjs';

interface Element {
  id: number;
  /** Where its content starts and ends; null: a live recording leaves the end open. */
  at: number;
  end: number | null;
}

/** The Segment holds everything but the first header. Its elements follow one another to its end. */
export function readMatroskaLength(bytes: FileBytes): boolean {
  const segment = 0x18538067;
  let element = readElement(bytes, 0);
  while (element?.end && element.id !== segment) element = readElement(bytes, element.end);
  if (!element?.end) return false;
  const { at, end } = element;
  if (end > bytes.size) fail(`its header states ${end} bytes, the file has ${bytes.size}`);
  for (let next: number | null = at; next !== null && next < end; ) {
    const child = readElement(bytes, next);
    if (!child) fail(`there is no Matroska element at byte ${next}`);
    next = child.end;
  }
  return true;
}

function readElement(bytes: FileBytes, start: number): Element | null {
  const header = bytes.read(start, 12);
  // The leading zeros of the first byte tell how many bytes follow: at most 3 of an identifier, 7 of a size.
  const idBytes = Math.clz32(header[0] ?? 0) - 23;
  const sizeBytes = Math.clz32(header[idBytes] ?? 0) - 23;
  if (idBytes > 4 || sizeBytes > 8 || header.length < idBytes + sizeBytes) return null;
  const marker = 2n ** BigInt(7 * sizeBytes);
  const size = BigInt(`0x${header.toString('hex', idBytes, idBytes + sizeBytes)}`) - marker;
  const at = start + idBytes + sizeBytes;
  return { id: header.readUIntBE(0, idBytes), at, end: size === marker - 1n ? null : at + Number(size) };
}

function fail(reason: string): never {
  throw new TaskFailure('TRUNCATED', reason);
}
