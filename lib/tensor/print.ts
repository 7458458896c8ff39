/** Prints tensors as PyTorch does: four digits, summaries beyond 1,000 elements, 80 columns. */

import { native, TensorDisposedError, writeGradFunctionName } from '../runtime/index.js';
import { describeValue } from './arguments.js';
import { readData } from './readout.js';
import { Tensor } from './tensor.js';
import { maxDimensions } from './types.js';

const precision = 4;
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 80;
const prefix = 'tensor(';

/** A complex value is a pair. */
type Value = number | bigint | boolean | readonly [number, number];

/** Python's rounding to even of exact ties: only multiples of 1/32 can be ties at four digits. */
function fixed(value: number): string {
  if (Object.is(value, -0)) return '-0.0000';
  const text = value.toFixed(precision);
  if (!Number.isInteger(value * 32) || (value * 32) % 2 === 0) return text;
  const lower = Math.floor(value * 10 ** precision);
  return ((lower % 2 === 0 ? lower : lower + 1) / 10 ** precision).toFixed(precision);
}

function whole(value: number): string {
  return Object.is(value, -0) ? '-0.' : `${value.toFixed(0)}.`;
}

function scientific(value: number): string {
  return value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
}

function special(value: number): string {
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

/** How the values of one tensor are written, so that they line up. */
function makeFormatter(values: readonly Value[], floating: boolean): (value: Value) => string {
  const plain = (value: Value): string =>
    typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
  let write = plain;
  let width = 1;
  if (!floating) {
    for (const value of values) width = Math.max(width, plain(value).length);
  } else {
    const finite = (values as number[]).filter((value) => Number.isFinite(value) && value !== 0);
    const sizes = finite.map(Math.abs);
    const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
    const smallest = sizes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const integral = finite.every(Number.isInteger);
    const wide =
      finite.length > 0 && (largest / smallest > 1000 || largest > 1e8 || (!integral && smallest < 1e-4));
    const finiteText = wide ? scientific : integral ? whole : fixed;
    write = (value) => (Number.isFinite(value) ? finiteText(value as number) : special(value as number));
    for (const value of finite) width = Math.max(width, write(value).length);
  }
  return (value) => write(value).padStart(width);
}

/** Real and imaginary parts line up apart. */
function makeComplexFormatter(values: readonly (readonly [number, number])[]): (value: Value) => string {
  const writeReal = makeFormatter(
    values.map(([real]) => real),
    true,
  );
  const writeImaginary = makeFormatter(
    values.map(([, imaginary]) => imaginary),
    true,
  );
  return (value) => {
    const [real, imaginary] = value as readonly [number, number];
    const text = writeImaginary(imaginary).trimStart();
    return `${writeReal(real)}${text.startsWith('-') ? '' : '+'}${text}j`;
  };
}

/** Index ranges of a dimension that are shown. */
function shown(size: number, summarize: boolean): number[] {
  const all = Array.from({ length: size }, (_, index) => index);
  return summarize && size > 2 * edgeItems ? [...all.slice(0, edgeItems), ...all.slice(-edgeItems)] : all;
}

interface Grid {
  shape: readonly number[];
  strides: number[];
  values: readonly Value[];
  summarize: boolean;
}

function formatGrid(
  grid: Grid,
  depth: number,
  offset: number,
  indent: number,
  write: (value: Value) => string,
): string {
  const rank = grid.shape.length;
  if (depth === rank) return write(grid.values[offset]);
  const size = grid.shape[depth];
  const cut = grid.summarize && size > 2 * edgeItems;
  const parts = shown(size, grid.summarize).map((index) =>
    formatGrid(grid, depth + 1, offset + index * grid.strides[depth], indent + 1, write),
  );
  if (depth < rank - 1) {
    if (cut) parts.splice(edgeItems, 0, '...');
    return `[${parts.join(`,${'\n'.repeat(rank - depth - 1)}${' '.repeat(indent + 1)}`)}]`;
  }
  if (cut) parts.splice(edgeItems, 0, ' ...');
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / ((parts[0]?.length ?? 0) + 2)));
  const lines: string[] = [];
  for (let start = 0; start < parts.length; start += perLine)
    lines.push(parts.slice(start, start + perLine).join(', '));
  return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`;
}

function valuesOf(tensor: Tensor): Value[] {
  const data = readData(tensor, 'toString');
  if (tensor.dtype === 'bool') return Array.from(data as Uint8Array, (value) => value !== 0);
  if (!tensor.dtype.startsWith('complex')) return Array.from<number | bigint>(data);
  const parts = data as Float64Array;
  return Array.from({ length: parts.length / 2 }, (_, i) => [parts[2 * i], parts[2 * i + 1]] as const);
}

function body(tensor: Tensor): string {
  const { shape, dtype } = tensor;
  if (tensor.numel() === 0) return '[]';
  const strides = shape.map((_, dim) => shape.slice(dim + 1).reduce((product, size) => product * size, 1));
  const values = valuesOf(tensor);
  const summarize = tensor.numel() > threshold;
  const visible: Value[] = [];
  const visit = (depth: number, offset: number): void => {
    if (depth === shape.length) visible.push(values[offset]);
    else
      for (const index of shown(shape[depth], summarize)) visit(depth + 1, offset + index * strides[depth]);
  };
  visit(0, 0);
  const write = dtype.startsWith('complex')
    ? makeComplexFormatter(visible as (readonly [number, number])[])
    : makeFormatter(visible, /^(float|bfloat)/.test(dtype));
  return formatGrid({ shape, strides, values, summarize }, 0, 0, prefix.length, write);
}

function suffixes(tensor: Tensor): string[] {
  const result: string[] = [];
  const { shape, dtype, device } = tensor;
  if (device !== 'cpu') result.push(`device='${device}'`);
  const empty = tensor.numel() === 0;
  const hidden = hasNoValues(tensor) || (empty && shape.length !== 1);
  if (shape.length > maxDimensions) result.push(`dim=${shape.length}`);
  else if (hidden) result.push(`size=(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`);
  const obvious = empty || hidden ? ['float32'] : ['float32', 'complex64', 'int64', 'bool'];
  if (!obvious.includes(dtype)) result.push(`dtype=torch.${dtype}`);
  writeGradFunctionName(tensor.handle);
  const gradFunction = native.gradFunctionName();
  if (gradFunction !== '') result.push(`grad_fn=<${gradFunction}>`);
  else if (tensor.requiresGrad) result.push('requires_grad=True');
  return result;
}

/** Whether three dots are printed for the values: the tensor has none, or more dimensions than data may have. */
function hasNoValues({ device, shape }: Tensor): boolean {
  return device === 'meta' || shape.length > maxDimensions;
}

function formatTensor(tensor: Tensor): string {
  const text = hasNoValues(tensor) ? '...' : body(tensor);
  let result = prefix + text;
  let lastLine = text.length - text.lastIndexOf('\n') + 1;
  for (const suffix of suffixes(tensor)) {
    if (lastLine + suffix.length + 2 > lineWidth) {
      result += `,\n${' '.repeat(prefix.length)}${suffix}`;
      lastLine = prefix.length + suffix.length;
    } else {
      result += `, ${suffix}`;
      lastLine += suffix.length + 2;
    }
  }
  return `${result})`;
}

declare module './tensor.js' {
  interface Tensor {
    /** As PyTorch prints it; `util.inspect` and `console.log` print the same. */
    toString(): string;
    /** `Tensor float32 [2, 3]`: what JSON.stringify writes, because the values do not belong in JSON. */
    toJSON(): string;
  }
}

Object.assign(Tensor.prototype, {
  toString(this: Tensor): string {
    if (this.handle === 0) throw new TensorDisposedError('toString');
    return formatTensor(this);
  },
  toJSON(this: Tensor): string {
    return describeValue(this);
  },
  [Symbol.for('nodejs.util.inspect.custom')](this: Tensor): string {
    return this.handle === 0 ? 'Tensor(disposed)' : formatTensor(this);
  },
});
