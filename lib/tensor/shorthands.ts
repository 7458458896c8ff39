/**
 * Documented names that PyTorch writes in Python over several operators, or over none: dtype conversions,
 * transposes as properties, memory layout, `unique` and `tensordot`. The generated bindings leave them out.
 */

import { describeValue } from './arguments.js';
import { runOperator } from './call.js';
import { checkOptions } from './options.js';
import { Tensor } from './tensor.js';
import type { DType, MemoryFormat } from './types.js';

interface UniqueOptions {
  /** Ascending order (default true; PyTorch's CPU implementation may sort either way). */
  sorted?: boolean;
  /** Also the index into the result of every input element. */
  returnInverse?: boolean;
  /** Also how often each result occurs. */
  returnCounts?: boolean;
  /** Unique slices along this dimension; the flattened elements when left out. */
  dim?: number | null;
}

const conversions = {
  double: 'float64',
  float: 'float32',
  half: 'float16',
  bfloat16: 'bfloat16',
  long: 'int64',
  int: 'int32',
  short: 'int16',
  char: 'int8',
  byte: 'uint8',
  bool: 'bool',
} as const satisfies Record<string, DType>;

type Conversions = { [name in keyof typeof conversions]: () => Tensor };

declare module './tensor.js' {
  interface Tensor extends Conversions {
    /** All dimensions reversed. */
    readonly T: Tensor;
    /** The last two dimensions swapped. */
    readonly mT: Tensor;
    /** The conjugate transpose of a matrix. */
    readonly H: Tensor;
    /** The last two dimensions swapped, conjugated. */
    readonly mH: Tensor;
    /** Elements from one entry to the next, by dimension or of one dimension. */
    stride(): number[];
    stride(dim: number): number;
    /** Whether elements lie in memory in the order of `memoryFormat` without gaps. */
    isContiguous(options?: { memoryFormat?: MemoryFormat }): boolean;
    /** Elements from the start of the storage to this view's first. */
    storageOffset(): number;
    /** Sets `requiresGrad` and returns this tensor. */
    requiresGrad_(requiresGrad?: boolean): this;
    /** `torch.unique` of this tensor. */
    unique(options?: UniqueOptions): Tensor | readonly Tensor[];
    /** `torch.uniqueConsecutive` of this tensor. */
    uniqueConsecutive(options?: Omit<UniqueOptions, 'sorted'>): Tensor | readonly Tensor[];
  }
}

/** Python gives the tensor alone unless more is asked for: [output, inverse?, counts?]. */
function selectUnique(
  results: readonly Tensor[],
  { returnInverse, returnCounts }: UniqueOptions,
): Tensor | readonly Tensor[] {
  const wanted = [true, returnInverse === true, returnCounts === true];
  for (const [i, result] of results.entries()) if (!wanted[i]) result.dispose();
  const selected = results.filter((_, i) => wanted[i]);
  return selected.length === 1 ? selected[0] : selected;
}

/** The distinct elements of a tensor, or with `dim` its distinct slices. */
export function unique(input: Tensor, options: UniqueOptions = {}): Tensor | readonly Tensor[] {
  checkOptions('unique', options, ['sorted', 'returnInverse', 'returnCounts', 'dim']);
  const { sorted = true, returnInverse = false, returnCounts = false, dim = null } = options;
  const flags = [sorted, returnInverse, returnCounts];
  const results =
    dim === null
      ? runOperator('aten::_unique2', [input, ...flags])
      : runOperator('aten::unique_dim', [input, dim, ...flags]);
  return selectUnique(results as Tensor[], options);
}

/** Drops all but the first of equal neighbours. */
export function uniqueConsecutive(
  input: Tensor,
  options: Omit<UniqueOptions, 'sorted'> = {},
): Tensor | readonly Tensor[] {
  checkOptions('uniqueConsecutive', options, ['returnInverse', 'returnCounts', 'dim']);
  const { returnInverse = false, returnCounts = false, dim = null } = options;
  const results = runOperator('aten::unique_consecutive', [input, returnInverse, returnCounts, dim]);
  return selectUnique(results as Tensor[], options);
}

/** How many dimensions, or the two lists of them. */
type ContractedDims = number | readonly [readonly number[], readonly number[]];

/**
 * Contracts `a` with `b` over several dimensions.
 * @param dims a number n: the last n of `a` with the first n of `b`
 */
export function tensordot(a: Tensor, b: Tensor, dims: ContractedDims | { dims: ContractedDims } = 2): Tensor {
  const isNamed = typeof dims === 'object' && !Array.isArray(dims);
  if (isNamed) checkOptions('tensordot', dims as { dims: ContractedDims }, ['dims']);
  const pairs = (isNamed ? (dims as { dims: ContractedDims }).dims : dims) as ContractedDims;
  if (typeof pairs !== 'number') return runOperator('aten::tensordot', [a, b, ...pairs]) as Tensor;
  if (!Number.isSafeInteger(pairs) || pairs < 0) {
    throw new RangeError(
      `tensordot: expected dims to be an integer >= 0 or two lists, got ${describeValue(pairs)}`,
    );
  }
  const count = Array.from({ length: pairs }, (_, i) => i);
  return runOperator('aten::tensordot', [a, b, count.map((i) => i - pairs), count]) as Tensor;
}

function stride(this: Tensor, dim?: number): number | number[] {
  if (dim !== undefined) return runOperator('aten::stride.int', [this, dim]) as number;
  return this.shape.map((_, i) => runOperator('aten::stride.int', [this, i]) as number);
}

Object.assign(Tensor.prototype, {
  stride,
  isContiguous(this: Tensor, options: { memoryFormat?: MemoryFormat } = {}): boolean {
    checkOptions('isContiguous', options, ['memoryFormat']);
    const { memoryFormat = 'contiguous_format' } = options;
    return runOperator('aten::is_contiguous.memory_format', [this, memoryFormat]) as boolean;
  },
  storageOffset(this: Tensor): number {
    return runOperator('aten::storage_offset', [this]) as number;
  },
  requiresGrad_(this: Tensor, requiresGrad = true): Tensor {
    this.requiresGrad = requiresGrad;
    return this;
  },
  unique(this: Tensor, options?: UniqueOptions) {
    return unique(this, options);
  },
  uniqueConsecutive(this: Tensor, options?: Omit<UniqueOptions, 'sorted'>) {
    return uniqueConsecutive(this, options);
  },
});

for (const [name, dtype] of Object.entries(conversions)) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor) {
      return this.to(dtype);
    },
    writable: true,
    configurable: true,
  });
}

const transposes = { T: 'aten::numpy_T', mT: 'aten::mT', H: 'aten::matrix_H', mH: 'aten::mH' };
for (const [name, operator] of Object.entries(transposes)) {
  Object.defineProperty(Tensor.prototype, name, {
    get(this: Tensor) {
      return runOperator(operator, [this]);
    },
    configurable: true,
  });
}
