// PyTorch's own answers, replayed: every case of test/fixtures/operators.json.gz (recorded by
// scripts/fixtures/operators.py, which explains the format) is called through the public API, and its
// values, dtypes, shapes and gradients are compared. Tolerances are those of torch.testing.assert_close.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type DType, functionalOperators, scope, Tensor, torch } from '../../lib/tensor/index.js';

type Stored = number | 'nan' | 'inf' | '-inf';
interface StoredTensor {
  dtype: DType;
  shape: number[];
  data: Stored[];
  views?: [string, ...unknown[]][];
  grad?: true;
}
interface Case {
  id: string;
  kind: string;
  name: string;
  args: unknown[];
  options?: Record<string, unknown>;
  /** Which results are compared (eigenvectors have no unique sign); all of them when left out. */
  compare?: number[];
  out: unknown[];
  many: boolean;
  grads?: (StoredTensor | null)[];
  /** The first tensor's storage after an in-place call. */
  base?: StoredTensor;
}

const fixture = join(__dirname, '../fixtures/operators.json.gz');
const { cases } = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as { cases: Case[] };

/** [rtol, atol]; every other dtype is compared exactly. */
const tolerances: Partial<Record<DType, [number, number]>> = {
  float16: [1e-3, 1e-5],
  bfloat16: [1.6e-2, 1e-5],
  float32: [1.3e-6, 1e-5],
  float64: [1e-7, 1e-7],
  complex64: [1.3e-6, 1e-5],
};

function toNumber(value: Stored): number {
  if (typeof value === 'number') return value;
  return { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY }[value];
}

function isStoredTensor(value: unknown): value is StoredTensor {
  return typeof value === 'object' && value !== null && 'shape' in value;
}

function makeLeaf({ dtype, shape, data }: StoredTensor): Tensor {
  const numbers = data.map(toNumber);
  switch (dtype) {
    case 'int64':
      return torch.fromBuffer(BigInt64Array.from(numbers, BigInt), shape, dtype);
    case 'int32':
      return torch.fromBuffer(Int32Array.from(numbers), shape, dtype);
    case 'uint8':
    case 'bool':
      return torch.fromBuffer(Uint8Array.from(numbers), shape, dtype);
    case 'float64':
      return torch.fromBuffer(Float64Array.from(numbers), shape, dtype);
    case 'float32':
    case 'complex64':
      return torch.fromBuffer(Float32Array.from(numbers), shape, dtype);
    default:
      return torch.fromBuffer(Float32Array.from(numbers), shape, 'float32').to(dtype);
  }
}

type Callable = Record<string, (...args: unknown[]) => unknown>;

/** Builds a call's arguments, remembering the tensors that the fixture speaks about afterwards. */
class Arguments {
  readonly leaves: Tensor[] = [];
  readonly bases: Tensor[] = [];

  build(stored: unknown): unknown {
    if (isStoredTensor(stored)) return this.buildTensor(stored);
    if (Array.isArray(stored) || typeof stored !== 'object' || stored === null) return stored;
    if ('slice' in stored) {
      const [start, stop, step] = stored.slice as (number | null)[];
      return torch.slice(start, stop, step ?? 1);
    }
    if ('list' in stored) return (stored.list as unknown[]).map((entry) => this.build(entry));
    return toNumber((stored as { number: Stored }).number);
  }

  private buildTensor(stored: StoredTensor): Tensor {
    const base = makeLeaf(stored);
    if (stored.grad) {
      base.requiresGrad = true;
      this.leaves.push(base);
    }
    this.bases.push(base);
    let value = base;
    for (const [method, ...args] of stored.views ?? []) {
      value = (value as unknown as Callable)[method](...args) as Tensor;
    }
    return value;
  }
}

function run({ kind, name, args, options }: Case, built: Arguments): { result: unknown; receiver: unknown } {
  const [first, ...rest] = args.map((stored) => built.build(stored));
  const named = Object.fromEntries(
    Object.entries(options ?? {}).map(([key, stored]) => [key, built.build(stored)]),
  );
  const all = options === undefined ? rest : [...rest, named];
  const receiver = first as Tensor;
  if (kind === 'index') return { result: receiver.index(rest[0] as never), receiver };
  if (kind === 'setIndex') {
    receiver.setIndex(rest[0] as never, rest[1] as never);
    return { result: receiver, receiver };
  }
  if (kind === 'methods') return { result: (receiver as unknown as Callable)[name](...all), receiver };
  const spaces: Record<string, unknown> = { functions: torch, functional: functionalOperators };
  const space = spaces[kind] ?? (torch as unknown as Record<string, unknown>)[kind];
  const input = args.length === 0 ? [] : [first];
  return { result: (space as Callable)[name](...input, ...all), receiver };
}

function expectTensor(actual: Tensor, expected: StoredTensor): void {
  expect(actual).toBeInstanceOf(Tensor);
  expect(actual.dtype).toBe(expected.dtype);
  expect(actual.shape).toEqual(expected.shape);
  const flat = actual.toArray() as unknown as number[] | number;
  const values = (Array.isArray(flat) ? flat.flat(Number.POSITIVE_INFINITY) : [flat]).map(Number);
  const wanted = expected.data.map(toNumber);
  expect(values).toHaveLength(wanted.length);
  const [rtol, atol] = tolerances[expected.dtype] ?? [0, 0];
  const wrong = values.findIndex((value, i) => {
    if (Object.is(value, wanted[i]) || value === wanted[i]) return false;
    return !(Math.abs(value - wanted[i]) <= atol + rtol * Math.abs(wanted[i]));
  });
  if (wrong >= 0)
    throw new Error(`element ${wrong}: expected ${wanted[wrong]}, got ${values[wrong]} (of ${values})`);
}

/** w[i] = ((7 i) mod 11 - 5) / 4, as in the recorder: exact in every dtype. */
function upstream({ shape, dtype }: Tensor): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const weights = Float32Array.from({ length: count }, (_, i) => (((i * 7) % 11) - 5) / 4);
  return torch.fromBuffer(weights, shape, 'float32').to(dtype);
}

function backward(results: unknown[]): void {
  const terms = results
    .filter((it): it is Tensor => it instanceof Tensor && it.requiresGrad)
    .map((it) => (it.dtype.startsWith('complex') ? torch.viewAsReal(it) : it))
    .map((it) => it.mul(upstream(it)).sum());
  terms.reduce((total, term) => total.add(term)).backward();
}

function replay(test: Case): void {
  const built = new Arguments();
  const { result, receiver } = run(test, built);
  expect(Array.isArray(result)).toBe(test.many);
  if (test.name.endsWith('_')) expect(result).toBe(receiver);
  const results = test.many ? (result as unknown[]) : [result];
  const compared = test.compare ? test.compare.map((i) => results[i]) : results;
  expect(compared).toHaveLength(test.out.length);
  for (const [i, expected] of test.out.entries()) {
    if (isStoredTensor(expected)) expectTensor(compared[i] as Tensor, expected);
    else expect(compared[i]).toBe(expected);
  }
  if (test.base !== undefined) expectTensor(built.bases[0], test.base);
  if (test.grads === undefined) return;
  backward(compared);
  for (const [i, expected] of test.grads.entries()) {
    const { grad } = built.leaves[i];
    if (expected === null) expect(grad).toBeNull();
    else expectTensor(grad as Tensor, expected);
  }
}

test('the fixture holds at least 300 cases, most of them with gradients', () => {
  expect(cases.length).toBeGreaterThanOrEqual(300);
  expect(cases.filter((it) => it.grads !== undefined).length).toBeGreaterThan(cases.length / 2);
});

const kinds = [...new Set(cases.map((it) => it.kind))];
describe.each(kinds)('%s', (kind) => {
  const own = cases.filter((it) => it.kind === kind).map((it) => [it.id.slice(kind.length + 1), it] as const);
  test.each(own)('%s', (_, it) => scope(() => replay(it)));
});
