// The order in which samples are seen: clips are shuffled anew every epoch, and the questions about a clip stay
// together so that its media are encoded once for all of them. The order depends on the seed and the epoch alone, so
// a position in it is two numbers and survives a restart.

import type { Sample } from '../data/index.js';
import { scope, torch } from '../tensor/index.js';

/** Where a training stands in its data: `index` samples of epoch `epoch` have been used. */
export interface DataCursor {
  epoch: number;
  index: number;
}

export class DataOrder {
  cursor: DataCursor = { epoch: 0, index: 0 };
  readonly #clips: Sample[][];
  readonly #seed: number;
  readonly #size: number;
  /** The epoch that `#samples` holds. */
  #epoch = -1;
  #samples: Sample[] = [];

  constructor(samples: readonly Sample[], seed: number) {
    if (samples.length === 0) throw new RangeError('trainDataset is empty; give at least one sample');
    const clips = new Map<string, Sample[]>();
    for (const sample of samples) {
      const media = JSON.stringify([sample.video ?? null, sample.audio ?? null]);
      const group = clips.get(media);
      if (group === undefined) clips.set(media, [sample]);
      else group.push(sample);
    }
    this.#clips = [...clips.values()];
    this.#seed = seed;
    this.#size = samples.length;
  }

  /** Goes on from a place where an earlier run stood. @throws RangeError when these samples have no such place */
  resume(cursor: DataCursor): void {
    if (cursor.index >= this.#size) {
      throw new RangeError(
        `the checkpoint stands at sample ${cursor.index} of its data, trainDataset has ${this.#size}: ` +
          'resume with the samples that it was made with',
      );
    }
    this.cursor = cursor;
  }

  /** The next samples; an epoch's end falls where it may. */
  take(count: number): Sample[] {
    const taken: Sample[] = [];
    while (taken.length < count) {
      this.#shuffle(this.cursor.epoch);
      const next = this.#samples.slice(this.cursor.index, this.cursor.index + count - taken.length);
      for (const sample of next) taken.push(sample);
      this.cursor = { epoch: this.cursor.epoch, index: this.cursor.index + next.length };
      if (this.cursor.index === this.#size) this.cursor = { epoch: this.cursor.epoch + 1, index: 0 };
    }
    return taken;
  }

  #shuffle(epoch: number): void {
    if (epoch === this.#epoch) return;
    // One generator seed for each pair (seed, epoch), up to seeds of 2^44: epochs stay far below 2^20.
    using generator = new torch.Generator();
    generator.manualSeed(BigInt.asUintN(64, (BigInt(this.#seed) << 20n) + BigInt(epoch)));
    const permuted = <T>(items: T[]): T[] =>
      scope(() => (torch.randperm(items.length, { generator }).toArray() as number[]).map((i) => items[i]));
    this.#samples = permuted(this.#clips).flatMap((questions) => permuted(questions));
    this.#epoch = epoch;
  }
}
