/** Hashes of clip files, so that scores are kept by what a file holds, not by its name. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Sample } from '../data/index.js';
import { JudgeFailure } from './openai-failure.js';

interface Known {
  version: string;
  hash: Promise<string>;
}

export class ClipHashes {
  readonly #known = new Map<string, Known>();

  /** @throws JudgeFailure for a file that cannot be read */
  async of({ id, video, audio }: Sample): Promise<{ video: string | null; audio: string | null }> {
    try {
      const [pictures, sound] = await Promise.all([this.#hashOf(video), this.#hashOf(audio)]);
      return { video: pictures, audio: sound };
    } catch (error) {
      throw new JudgeFailure('media', `sample ${id}: ${(error as Error).message}`);
    }
  }

  /** Read once, and again when size or time have changed. */
  async #hashOf(file: string | null | undefined): Promise<string | null> {
    if (file === undefined || file === null) return null;
    const found = await stat(file);
    // Reading a pipe would wait for a writer.
    if (!found.isFile()) throw new Error(`${file}: not a file`);
    const version = `${found.size} ${found.mtimeMs}`;
    let known = this.#known.get(file);
    if (known?.version !== version) {
      known = { version, hash: contentHash(file) };
      this.#known.set(file, known);
      known.hash.catch(() => this.#known.delete(file));
    }
    return known.hash;
  }
}

async function contentHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
