/** Random access to a file, for what FFmpeg does not tell about its container. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export class FileBytes {
  readonly size: number;
  readonly #handle: number;

  constructor(file: string) {
    this.#handle = openSync(file, 'r');
    this.size = fstatSync(this.#handle).size;
  }

  /** `count` bytes from `at` on; fewer where the file ends. */
  read(at: number, count: number): Buffer {
    const bytes = Buffer.alloc(count);
    return bytes.subarray(0, readSync(this.#handle, bytes, 0, count, at));
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
}
