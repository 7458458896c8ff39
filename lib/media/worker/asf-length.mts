/** The objects of an ASF file: wmv, wma (Microsoft, "Advanced Systems Format Specification 1.20", sections 3 and 5). */
import { TaskFailure } from './failure.mjs';
import type { FileBytes } from './file-bytes.mjs';

const objectHeader = 24;
const fileProperties = Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex');
// Within the File Properties Object, behind sizes, dates and durations.
const flagsAt = 88;
const broadcast = 1;

/** The Data Object behind the header states its size, unless the writer did not know it yet: a broadcast. */
export function readAsfLength(bytes: FileBytes): boolean {
  const headerSize = sizeAt(bytes, 0);
  const header = bytes.read(0, Math.min(headerSize, bytes.size));
  const properties = header.indexOf(fileProperties);
  if (properties >= 0 && properties + flagsAt < header.length) {
    if ((header[properties + flagsAt]! & broadcast) !== 0) return false;
  }
  const end = headerSize + Math.max(objectHeader, sizeAt(bytes, headerSize));
  if (end <= bytes.size) return true;
  throw new TaskFailure('TRUNCATED', `its header states ${end} bytes, the file has ${bytes.size}`);
}

function sizeAt(bytes: FileBytes, at: number): number {
  const header = bytes.read(at, objectHeader);
  return header.length < objectHeader ? 0 : Number(header.readBigUInt64LE(16));
}
