/** Ids of a file's rows: no two are equal. */
import { shown } from '../runtime/index.js';
import { DataError } from './errors.js';

export class UniqueIds {
  private readonly file: string;
  private readonly lineOf = new Map<string, number>();

  constructor(file: string) {
    this.file = file;
  }

  /** @throws DataError naming the line that has the id already */
  add(id: string, line: number): void {
    const earlier = this.lineOf.get(id);
    if (earlier !== undefined) {
      throw new DataError(
        { file: this.file, line, field: 'id' },
        `got ${shown(id)}, already used in line ${earlier}`,
        'give every sample its own "id"',
      );
    }
    this.lineOf.set(id, line);
  }
}
