// Rows without anything to learn within maxLength.

import type { DataRow } from '../data/index.js';
import { someOf } from '../runtime/index.js';

/** Says once which rows are missing. @throws RangeError where none is left */
export function warnOfLeftOut(
  rows: readonly DataRow[],
  left: readonly DataRow[],
  maxLength: number | null,
): void {
  if (left.length === rows.length) return;
  const teaching = new Set(left);
  const ids = rows.filter((row) => !teaching.has(row)).map(({ id }) => `'${id}'`);
  const [field, within, fix] =
    maxLength === null
      ? ['trainDataset', '', '']
      : ['maxLength', ` within it (${maxLength} tokens)`, '; raise it, or set it to null'];
  if (left.length === 0) throw new RangeError(`${field}: no row has anything to learn${within}${fix}`);
  process.emitWarning(
    `${field}: ${ids.length} of ${rows.length} rows have nothing to learn${within} and are left out: ${someOf(ids)}${fix}`,
  );
}

/**
 * Says which rows of a step maxLength leaves nothing of, where only their step finds that.
 * @param why what of them is too long
 * @throws RangeError where that is all of the first step: a later one has others, but then maxLength is likely wrong
 */
export function warnOfCut(
  rows: readonly DataRow[],
  left: readonly DataRow[],
  { isFirst, why }: { isFirst: boolean; why: string },
): void {
  if (left.length === rows.length) return;
  const learned = new Set(left);
  const ids = rows.filter((row) => !learned.has(row)).map(({ id }) => `'${id}'`);
  const fix = 'raise maxLength, or set it to null';
  if (left.length === 0 && isFirst)
    throw new RangeError(`maxLength: ${why} in all rows of the first step (${ids.join(', ')}); ${fix}`);
  process.emitWarning(`maxLength: ${why} in ${ids.join(', ')}, which are left out; ${fix}`);
}
