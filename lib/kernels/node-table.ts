/**
 * The node table: which queries see which keys in one packed sequence. Plain variable-length batches, encoder windows, a prompt
 * shared by many completions and trees of steps are all tables of the same kind.
 */

import { runWith } from '../runtime/index.js';
import { checkOptions, type Tensor, torch } from '../tensor/index.js';

/** Half-open range of rows, [start, end). */
export type RowRange = readonly [start: number, end: number];

/** A contiguous range of queries with its own keys, below its ancestors' keys. */
export interface NodeRow {
  /** Rows of q; may be empty. Ranges of different nodes never overlap. */
  q: RowRange;
  /** Rows of k and v, anywhere in the buffer; no overlap with an ancestor's. */
  k: RowRange;
  /**
   * Index of an earlier row whose keys (and whose ancestors' keys) these queries see too; -1 or left out: a root.
   * A path from a root has at most 16 rows.
   */
  parent?: number;
  /** Whether a query sees only own keys up to its position; the last query has the position of the last key. Default false. */
  causal?: boolean;
  /**
   * Largest distance between a query and a key along the root-to-node path, in keys (either way when not causal);
   * -1 or left out: no limit. Hugging Face's `sliding_window` n is n - 1 here.
   */
  window?: number;
  /** Visible key modalities, bit m for modality m: one byte for all queries, or eight indexed by the query's modality. Default 0xff. */
  gate?: number | readonly number[];
}

const columns = 8;
const windowColumn = 6;
/** Longest path from a root, in rows. */
export const maxNodeLevels = 16;
const fields: (keyof NodeRow)[] = ['q', 'k', 'parent', 'causal', 'window', 'gate'];

/** An immutable, checked list of nodes, with the block plan that layers and backward share. Made by `nodeTable`. */
export class NodeTable {
  /** Number of nodes. */
  readonly length: number;
  /** Rows of q and of k that the table reaches: the largest ends of its ranges. */
  readonly queryRows: number;
  readonly keyRows: number;
  private readonly words: ArrayBuffer;
  private nodes: Tensor;
  private plan: Tensor | null = null;
  private planKey = '';
  private readonly narrowed = new Map<number, NodeTable>();

  /** @internal Of rows that are checked. */
  constructor(
    words: ArrayBuffer,
    { length, queryRows, keyRows }: Pick<NodeTable, 'length' | 'queryRows' | 'keyRows'>,
  ) {
    this.words = words;
    this.length = length;
    this.queryRows = queryRows;
    this.keyRows = keyRows;
    this.nodes = this.toTensor();
  }

  /**
   * The same nodes, whose queries see no key farther than `window` (see `NodeRow.window`): the table of layers with a
   * sliding window beside layers without one. Made once a window, so that these layers have a block plan in common.
   */
  within(window: number): NodeTable {
    if (!Number.isSafeInteger(window) || window < 0)
      throw new RangeError(`NodeTable.within: window: expected an integer >= 0, got ${window}`);
    let table = this.narrowed.get(window);
    if (table === undefined) {
      // It lives as long as this table, in whatever inner scope it is made.
      table = runWith({ scope: this.tensor.owner }, () => new NodeTable(narrow(this.words, window), this));
      this.narrowed.set(window, table);
    }
    return table;
  }

  /**
   * The table of a pass that asks for some rows of q alone. A node's queries count from its end, so those behind a wanted one
   * stay with it; the others are left out, and the rest is numbered without gaps.
   * @param wanted rows of q, rising
   * @returns the table, and which row of q each of its queries is
   */
  endingWith(wanted: readonly number[]): { nodes: NodeTable; rows: number[] } {
    const { words, rows } = keepEnds(this.words, wanted);
    return { nodes: new NodeTable(words, { ...this, queryRows: rows.length }), rows };
  }

  /** The table as the operators take it: int64 [length, 8], columns q0, q1, k0, k1, parent, causal, window, gate. */
  get tensor(): Tensor {
    // A table may outlive the scope that it was made in, but its tensors are freed with it.
    if (this.nodes.handle === 0) this.nodes = this.toTensor();
    return this.nodes;
  }

  /** @internal The plan for these sizes and modalities; the one used last is kept. */
  planFor(modality: Tensor | null, queryModality: Tensor | null, tq: number, tk: number): Tensor {
    const key = [tq, tk, contentKey(modality), contentKey(queryModality)].join();
    if (this.plan === null || this.plan.handle === 0 || this.planKey !== key) {
      const nodes = this.tensor;
      this.plan?.dispose();
      // The plan lives as long as the table's tensor, in whatever inner scope it is made.
      this.plan = runWith({ scope: nodes.owner }, () =>
        torch.ops.earsight.av_plan(nodes, modality, queryModality, tq, tk),
      ) as Tensor;
      this.planKey = key;
    }
    return this.plan;
  }

  private toTensor(): Tensor {
    return torch.fromBuffer(this.words, [this.length, columns], 'int64');
  }
}

/**
 * Checks rows and makes the table.
 * @throws RangeError (TypeError for a wrong kind of value) naming the row, the field, the value and what was expected
 */
export function nodeTable(rows: readonly NodeRow[]): NodeTable {
  if (!Array.isArray(rows)) throw new TypeError(`nodeTable: expected a list of rows, got ${typeof rows}`);
  checkRows(rows);
  const end = (field: 'q' | 'k'): number => rows.reduce((most, row) => Math.max(most, row[field][1]), 0);
  return new NodeTable(encode(rows), { length: rows.length, queryRows: end('q'), keyRows: end('k') });
}

/** Changes whenever the bytes of a modality tensor may have changed: a KV cache writes into its tensor. */
function contentKey(tensor: Tensor | null): string {
  return tensor === null ? '-' : `${tensor.handle}v${torch.ops.aten._version(tensor)}`;
}

// ---- checks -------------------------------------------------------------------------------------------------------

function checkRows(rows: readonly NodeRow[]): void {
  const levels: number[] = [];
  for (const [index, row] of rows.entries()) {
    const fail = (field: string, expected: string, value: unknown): never => {
      throw new RangeError(`nodeTable: nodes[${index}].${field}: expected ${expected}, got ${show(value)}`);
    };
    checkOptions(`nodeTable: nodes[${index}]`, row, fields);
    for (const field of ['q', 'k'] as const) {
      if (!isRange(row[field])) fail(field, '[start, end] with integers 0 <= start <= end', row[field]);
    }
    const { parent = -1, causal = false, window = -1, gate = 0xff } = row;
    if (!Number.isInteger(parent) || parent < -1 || parent >= index)
      fail('parent', '-1 or the index of an earlier node', parent);
    if (typeof causal !== 'boolean') fail('causal', 'a boolean', causal);
    if (!Number.isSafeInteger(window) || window < -1)
      fail('window', '-1 or an integer distance >= 0', window);
    if (!isGate(gate)) fail('gate', 'a byte 0..255 or eight of them', gate);
    levels.push(parent < 0 ? 1 : levels[parent] + 1);
    if (levels[index] > maxNodeLevels)
      fail('parent', `a row of level ${maxNodeLevels - 1} or less (a root is level 1)`, parent);
    checkKeysOfPath(rows, index);
  }
  checkQueriesDisjoint(rows);
}

/** The softmax would count a key twice that lies on one path twice. */
function checkKeysOfPath(rows: readonly NodeRow[], index: number): void {
  const { k } = rows[index];
  for (let above = rows[index].parent ?? -1; above >= 0; above = rows[above].parent ?? -1) {
    const [start, end] = rows[above].k;
    if (Math.max(start, k[0]) < Math.min(end, k[1])) {
      throw new RangeError(
        `nodeTable: nodes[${index}].k: ${show(k)} overlaps ${show(rows[above].k)} of its ancestor nodes[${above}], whose keys it sees already`,
      );
    }
  }
}

function checkQueriesDisjoint(rows: readonly NodeRow[]): void {
  const order = [...rows.keys()].filter((i) => rows[i].q[0] < rows[i].q[1]);
  order.sort((a, b) => rows[a].q[0] - rows[b].q[0]);
  for (let i = 1; i < order.length; i += 1) {
    const [before, after] = [order[i - 1], order[i]];
    if (rows[before].q[1] > rows[after].q[0]) {
      throw new RangeError(
        `nodeTable: nodes[${after}].q: ${show(rows[after].q)} overlaps ${show(rows[before].q)} of nodes[${before}]; a query row belongs to at most one node`,
      );
    }
  }
}

function isRange(value: unknown): value is RowRange {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every(Number.isSafeInteger) &&
    value[0] >= 0 &&
    value[0] <= value[1]
  );
}

function isGate(value: unknown): boolean {
  const bytes = Array.isArray(value) ? value : Array(columns).fill(value);
  return (
    bytes.length === columns && bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 0xff)
  );
}

function show(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

// ---- encoding -----------------------------------------------------------------------------------------------------

/** int64 words, written as pairs of 32-bit halves (every supported machine is little-endian): BigInts cost ten times more. */
function encode(rows: readonly NodeRow[]): ArrayBuffer {
  const buffer = new ArrayBuffer(rows.length * columns * 8);
  const halves = new Int32Array(buffer);
  const bytes = new Uint8Array(buffer);
  for (const [index, { q, k, parent = -1, causal = false, window = -1, gate = 0xff }] of rows.entries()) {
    const values = [q[0], q[1], k[0], k[1], parent, Number(causal), window];
    for (const [column, value] of values.entries()) {
      const at = 2 * (index * columns + column);
      halves[at] = value;
      halves[at + 1] = Math.floor(value / 2 ** 32);
    }
    const gateAt = 8 * (index * columns + columns - 1);
    if (typeof gate === 'number') bytes.fill(gate, gateAt, gateAt + 8);
    else bytes.set(gate, gateAt);
  }
  return buffer;
}

/** A copy of the words of a table in which no window is wider, or missing. */
function narrow(words: ArrayBuffer, window: number): ArrayBuffer {
  const copy = new BigInt64Array(words.slice(0));
  const limit = BigInt(window);
  for (let at = windowColumn; at < copy.length; at += columns)
    if (copy[at] < 0n || copy[at] > limit) copy[at] = limit;
  return copy.buffer;
}

/** A copy of the words in which each node has its queries from the first wanted one on, and the rows of these queries. */
function keepEnds(words: ArrayBuffer, wanted: readonly number[]): { words: ArrayBuffer; rows: number[] } {
  const copy = new BigInt64Array(words.slice(0));
  const starts = Array.from({ length: copy.length / columns }, (_, node) => node * columns);
  starts.sort((a, b) => Number(copy[a] - copy[b]));
  const rows: number[] = [];
  let next = 0;
  /** Wanted rows before `end`: those that are in no node stand alone. */
  const keepBefore = (end: number): void => {
    for (; next < wanted.length && wanted[next] < end; next += 1) rows.push(wanted[next]);
  };
  for (const at of starts) {
    const [start, end] = [Number(copy[at]), Number(copy[at + 1])];
    keepBefore(start);
    const first = Math.min(end, wanted[next] ?? end);
    copy[at] = BigInt(rows.length);
    for (let row = first; row < end; row += 1) rows.push(row);
    copy[at + 1] = BigInt(rows.length);
    while (wanted[next] < end) next += 1;
  }
  keepBefore(Number.POSITIVE_INFINITY);
  return { words: copy.buffer, rows };
}
