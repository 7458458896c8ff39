/** Scores on disk, a file each, named by a hash of all that they depend on. Several programs may share a folder. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from '../files/index.js';
import { parseJson } from '../runtime/index.js';
import type { Judgement } from './openai-reply.js';

export class ScoreCache {
  readonly #folder: string;
  readonly #warn: (message: string) => void;

  constructor(folder: string, warn: (message: string) => void) {
    this.#folder = folder;
    this.#warn = warn;
  }

  /** The score of a key; null where there is none, and with a warning where its file is not what was written. */
  async read(key: string): Promise<number | null> {
    const file = this.#fileOf(key);
    try {
      const { key: own, score } = parseJson(await readFile(file, 'utf8')) as Record<string, unknown>;
      if (own === key && typeof score === 'number' && score >= 0 && score <= 1) return score;
      this.#warn(`cacheFolder: ${file} is not the score that was written; it is asked for again`);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') this.#warn(`cacheFolder: ${file}: ${message}; the score is asked for again`);
    }
    return null;
  }

  /** The file appears whole or not at all. A folder that takes no file costs a warning, not the score. */
  write(key: string, { score, reason }: Judgement): void {
    const file = this.#fileOf(key);
    try {
      mkdirSync(dirname(file), { recursive: true });
      replaceFile(file, `${JSON.stringify({ key, score, reason })}\n`);
    } catch (error) {
      this.#warn(`cacheFolder: ${(error as Error).message}; scores that are not written are asked for again`);
    }
  }

  #fileOf(key: string): string {
    return join(this.#folder, key.slice(0, 2), `${key}.json`);
  }
}
