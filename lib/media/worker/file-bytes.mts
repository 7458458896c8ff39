/** Random access to a file, for what FFmpeg does not tell about its container. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Opens `file`, lets `use` read it, and closes it whatever happens. */
export function withBytes<T>(file: string, use: (bytes: FileBytes) => T): T {
  const bytes = new FileBytes(file);
  try {
    return use(bytes);
  } finally {
    bytes.close();
  }
}

export class FileBytes {
  readonly size: number;
  readonly #handle: number;

  constructor(file: string) {
    this.#handle = openSync(file, 'r');
    this.size = fstatSync(this.#handle).size;
  }

  /** `count` bytes from `at` on; fewer where the file ends, none in front of it. */
  read(at: number, count: number): Buffer {
    const bytes = Buffer.alloc(at < 0 ? 0 : Math.max(0, Math.min(count, this.size - at)));
    return bytes.subarray(0, readSync(this.#handle, bytes, 0, bytes.length, at));
  }

  close(): void {
    closeSync(this.#handle);
  }

  /** Where the content starts: behind ID3v2 tags (id3.org, ID3v2.4.0 section 3.1). */
  get afterTags(): number {
    let at = 0;
    for (;;) {
      const header = this.read(at, 10);
      if (header.length < 10 || header.toString('latin1', 0, 3) !== 'ID3') return at;
      const [flags, a, b, c, d] = header.subarray(5);
      at += 10 + ((a! << 21) | (b! << 14) | (c! << 7) | d!) + ((flags! & 0x10) !== 0 ? 10 : 0);
    }
  }

  /**
   * Where the content ends: in front of an ID3v1 tag (id3.org, ID3v1) and an APE tag (wiki.hydrogenaudio.org,
   * APEv2 specification), which stand behind files of every sound format.
   */
  get beforeTags(): number {
    let end = this.size;
    if (this.read(end - 128, 3).toString('latin1') === 'TAG') end -= 128;
    const footer = this.read(end - 32, 32);
    if (footer.toString('latin1', 0, 8) !== 'APETAGEX') return end;
    const header = footer.readUInt32LE(20) >= 0x80000000 ? 32 : 0;
    return Math.max(0, end - footer.readUInt32LE(12) - header);
  }
}
