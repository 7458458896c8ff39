/** Python indexing: `a.index([0, torch.slice(1, 3), null, '...'])` is `a[0, 1:3, None, ...]`. */

import { scope, TensorDisposedError } from '../runtime/index.js';
import { describeValue } from './arguments.js';
import { runOperator } from './call.js';
import { fromBuffer, full, tensor as makeTensor } from './factories.js';
import { Tensor } from './tensor.js';
import type { Scalar } from './types.js';

/** `start:stop:step`; null leaves a bound open. */
export class Slice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;

  constructor(start: number | null, stop: number | null, step: number) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
}

/** `slice()` is `:`, `slice(1, 3)` is `1:3`, `slice(null, null, 2)` is `::2`. The step must be positive. */
export function slice(start: number | null = null, stop: number | null = null, step = 1): Slice {
  for (const bound of [start, stop]) {
    if (bound !== null && !Number.isSafeInteger(bound))
      throw new TypeError(`slice: expected integer bounds or null, got ${String(bound)}`);
  }
  if (!Number.isSafeInteger(step) || step <= 0)
    throw new RangeError(`slice: expected a step > 0, got ${String(step)}`);
  return new Slice(start, stop, step);
}

/**
 * One entry of an index: integer, slice, new axis (null), ellipsis, mask (boolean), integer or boolean tensor, or
 * list of integers or of booleans.
 */
export type IndexEntry =
  | number
  | Slice
  | null
  | '...'
  | boolean
  | Tensor
  | readonly number[]
  | readonly boolean[];
export type Index = IndexEntry | readonly IndexEntry[];

declare module './tensor.js' {
  interface Tensor {
    /** `a[index]`. Integers and slices give a view; tensors, lists and booleans a copy. */
    index(index: Index): Tensor;
    /** `a[index] = value`, in place. `value` broadcasts. Returns this tensor. */
    setIndex(index: Index, value: Tensor | Scalar): this;
  }
}

interface Selection {
  /** The view after integers, slices and new axes. */
  view: Tensor;
  /** Per dimension of the view: the tensor that indexes it; empty when nothing does. */
  tensors: (Tensor | null)[];
}

function isMask(entry: Tensor): boolean {
  return entry.dtype === 'bool' || entry.dtype === 'uint8';
}

function entriesOf(op: string, index: Index): IndexEntry[] {
  // A list at the top is the tuple of Python; lists inside it are index lists.
  const entries = Array.isArray(index) ? (index as IndexEntry[]) : [index as IndexEntry];
  return entries.map((entry) => {
    if (entry instanceof Tensor && entry.handle === 0) throw new TensorDisposedError(op);
    if (!(entry instanceof Tensor) || entry.dim() > 0 || entry.dtype.startsWith('float')) return entry;
    // As in Python, a tensor of no dimensions is the number or the boolean that it holds.
    return entry.item<number | boolean>();
  });
}

function dimensionsOf(entry: IndexEntry): number {
  if (entry === null || entry === '...' || typeof entry === 'boolean') return 0;
  return entry instanceof Tensor && isMask(entry) ? entry.dim() : 1;
}

function select(op: string, source: Tensor, index: Index): Selection {
  if (source.handle === 0) throw new TensorDisposedError(op);
  const entries = entriesOf(op, index);
  const dots = entries.filter((entry) => entry === '...').length;
  if (dots > 1) throw new RangeError(`${op}: expected at most one '...', got ${dots}`);
  const used = entries.reduce<number>((sum, entry) => sum + dimensionsOf(entry), 0);
  if (used > source.dim()) {
    throw new RangeError(`${op}: too many indices: ${used} for a tensor of ${source.dim()} dimensions`);
  }
  let view = source;
  let dim = 0;
  const tensors: (Tensor | null)[] = [];
  const indexWith = (entry: Tensor): void => {
    while (tensors.length < dim) tensors.push(null);
    tensors[dim] = entry;
  };
  for (const entry of entries) {
    if (typeof entry === 'number') {
      const size = view.size(dim);
      if (!Number.isSafeInteger(entry))
        throw new TypeError(`${op}: expected an integer index, got ${String(entry)}`);
      if (entry < -size || entry >= size)
        throw new RangeError(`${op}: index ${entry} is out of bounds for dimension ${dim} of size ${size}`);
      view = runOperator('aten::select.int', [view, dim, entry]) as Tensor;
    } else if (entry instanceof Slice) {
      view = runOperator('aten::slice.Tensor', [view, dim, entry.start, entry.stop, entry.step]) as Tensor;
      dim += 1;
    } else if (entry === null) {
      view = runOperator('aten::unsqueeze', [view, dim]) as Tensor;
      dim += 1;
    } else if (entry === '...') {
      dim += source.dim() - used;
    } else if (typeof entry === 'boolean') {
      view = runOperator('aten::unsqueeze', [view, dim]) as Tensor;
      indexWith(makeTensor([entry]));
      dim += 1;
    } else {
      const chosen = entry instanceof Tensor ? entry : listIndex(op, entry);
      indexWith(chosen);
      dim += entry instanceof Tensor ? Math.max(1, dimensionsOf(entry)) : 1;
    }
  }
  return { view, tensors };
}

function listIndex(op: string, list: unknown): Tensor {
  if (!Array.isArray(list))
    throw new TypeError(
      `${op}: expected an integer, slice, null, '...', boolean, list or Tensor, got ${describeValue(list)}`,
    );
  if (list.every((value) => typeof value === 'boolean') && list.length > 0) return makeTensor(list);
  if (!list.every(Number.isSafeInteger))
    throw new TypeError(`${op}: expected a list of integers or of booleans, got ${describeValue(list)}`);
  return fromBuffer(BigInt64Array.from(list, BigInt), [list.length], 'int64');
}

/** A mask of several dimensions covers as many entries of aten::index's list. */
function indexList(selection: Selection): (Tensor | null)[] {
  const list: (Tensor | null)[] = [];
  for (let dim = 0; dim < selection.tensors.length; dim += 1) {
    const entry = selection.tensors[dim] ?? null;
    list.push(entry);
    if (entry !== null && isMask(entry)) dim += Math.max(0, entry.dim() - 1);
  }
  return list;
}

function index(this: Tensor, at: Index): Tensor {
  return scope(() => {
    const selection = select('index', this, at);
    if (selection.tensors.length > 0)
      return runOperator('aten::index.Tensor', [selection.view, indexList(selection)]) as Tensor;
    // As in Python, indexing with nothing still gives a new tensor object.
    return selection.view === this ? (runOperator('aten::alias', [this]) as Tensor) : selection.view;
  });
}

/** Leading dimensions of size 1 do not count: `a[0] = value` takes a value of shape [1, n]. */
function withoutLeadingOnes(value: Tensor): Tensor {
  const first = value.shape.findIndex((size) => size !== 1);
  const kept = first < 0 ? [] : value.shape.slice(first);
  return kept.length === value.shape.length ? value : (runOperator('aten::reshape', [value, kept]) as Tensor);
}

function setIndex(this: Tensor, at: Index, value: Tensor | Scalar): Tensor {
  scope(() => {
    const { view, tensors } = select('setIndex', this, at);
    if (!(value instanceof Tensor) && typeof value !== 'bigint' && tensors.length === 0) {
      runOperator('aten::fill_.Scalar', [view, value]);
      return;
    }
    const source =
      value instanceof Tensor
        ? withoutLeadingOnes(value)
        : full([], value, { dtype: this.dtype, device: this.device });
    if (tensors.length > 0) {
      runOperator('aten::index_put_', [view, indexList({ view, tensors }), source.to(this.dtype)]);
    } else {
      runOperator('aten::copy_', [view, source]);
    }
  });
  return this;
}

Object.assign(Tensor.prototype, { index, setIndex });
