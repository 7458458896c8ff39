// The order in which rows (samples, pairs) are seen: clips are shuffled anew every epoch, and the questions about a clip stay
// together so that its media are encoded once for all of them. The order depends on the seed and the epoch alone, so
// a position in it is two numbers and survives a restart.

import { clipKey, type DataRow, type Sample } from '../data/index.js';
import { groupBy } from '../runtime/index.js';
import { scope, torch } from '../tensor/index.js';

/** Where a training stands in its data: `index` samples of epoch `epoch` have been used. */
export interface DataCursor {
  epoch: number;
  index: number;
}

export interface Taken<Row extends DataRow = Sample> {
  samples: Row[];
  /** For each of the samples, how often its id was taken before in this training. */
  occurrences: number[];
}

export class DataOrder<Row extends DataRow = Sample> {
  cursor: DataCursor = { epoch: 0, index: 0 };
  readonly #clips: Row[][];
  readonly #seed: number;
  readonly #size: number;
  /** The epoch that `#samples` holds. */
  #epoch = -1;
  #samples: Row[] = [];
  #occurrences: number[] = [];

  constructor(samples: readonly Row[], seed: number) {
    if (samples.length === 0) throw new RangeError('trainDataset is empty; give at least one sample');
    this.#clips = [...groupBy(samples, clipKey).values()];
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
  take(count: number): Taken<Row> {
    const taken: Taken<Row> = { samples: [], occurrences: [] };
    while (taken.samples.length < count) {
      const { epoch, index } = this.cursor;
      this.#shuffle(epoch);
      const end = Math.min(this.#size, index + count - taken.samples.length);
      for (let i = index; i < end; i += 1) {
        taken.samples.push(this.#samples[i]);
        taken.occurrences.push(this.#occurrences[i]);
      }
      this.cursor = { epoch, index: end };
      if (this.cursor.index === this.#size) this.cursor = { epoch: this.cursor.epoch + 1, index: 0 };
    }
    return taken;
  }

  #shuffle(epoch: number): void {
    if (epoch === this.#epoch) return;
    // One generator seed for each pair (seed, epoch), up to seeds of 2^44: epochs stay far below 2^20.
    using generator = new torch.Generator();
    generator.manualSeed(BigInt.asUintN(64, (BigInt(this.#seed) << 20n) + BigInt(epoch)));
    // A permutation of one draws nothing.
    const permuted = <T>(items: T[]): T[] =>
      items.length === 1
        ? items
        : scope(() =>
            (torch.randperm(items.length, { generator }).toArray() as number[]).map((i) => items[i]),
          );
    this.#samples = permuted(this.#clips).flatMap((questions) => permuted(questions));
    this.#occurrences = occurrencesIn(this.#samples, epoch);
    this.#epoch = epoch;
  }
}

/** How often each sample's id was there before: in the epochs before this one, and earlier in this one. */
function occurrencesIn(samples: readonly DataRow[], epoch: number): number[] {
  const inEpoch = new Map<string, number>();
  for (const { id } of samples) inEpoch.set(id, (inEpoch.get(id) ?? 0) + 1);
  const before = new Map<string, number>();
  return samples.map(({ id }) => {
    const earlier = before.get(id) ?? epoch * (inEpoch.get(id) as number);
    before.set(id, earlier + 1);
    return earlier;
  });
}
