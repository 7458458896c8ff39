/** A way to write samples as rows of a file. */
import type { Place } from '../errors.js';
import type { Sample } from '../sample.js';

export interface SampleLayout {
  /** For documentation and messages. */
  name: string;
  /** Whether a row is written in this layout, right or wrong. */
  detects(row: Record<string, unknown>): boolean;
  /**
   * The samples of a row: one, or one for each of its questions, with absolute paths of files that exist and the answer as
   * its option's text.
   * @throws DataError for the first field that does not fit
   */
  read(row: Record<string, unknown>, where: Place): Sample[];
}
