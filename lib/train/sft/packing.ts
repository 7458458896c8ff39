// Conversations packed into sequences of up to a number of tokens: the longest first, each where it leaves the least room
// (best fit decreasing, arXiv 2404.10830). Rows stay apart in the node table, so that a packed sequence is a micro-batch
// with a bound on its tokens.

import type { ChatRow } from '../../data/index.js';

/** The rows of one packed sequence. */
export interface PackedRows {
  /** Those of its rows. */
  id: string;
  rows: readonly ChatRow[];
}

/** @param lengthOf tokens of a row, at most `maxLength` */
export function packRows(
  rows: readonly ChatRow[],
  lengthOf: (row: ChatRow) => number,
  maxLength: number,
): PackedRows[] {
  const byLength = rows
    .map((row) => ({ row, length: lengthOf(row) }))
    .filter(({ length }) => length > 0)
    .sort((a, b) => b.length - a.length);
  const sequences: ChatRow[][] = [];
  /** Sequences by the room that is left in them, the oldest first. */
  const byRoom = Array.from({ length: maxLength }, (): ChatRow[][] => []);
  for (const { row, length } of byLength) {
    const room = byRoom.findIndex((open, left) => left >= length && open.length > 0);
    const sequence = room < 0 ? [] : (byRoom[room].shift() as ChatRow[]);
    if (room < 0) sequences.push(sequence);
    sequence.push(row);
    const left = (room < 0 ? maxLength : room) - length;
    if (left > 0) byRoom[left].push(sequence);
  }
  return sequences.map((packed) => ({ id: packed.map(({ id }) => id).join(' + '), rows: packed }));
}
