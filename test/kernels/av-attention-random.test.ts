/**
 * avAttention on random forests against loops over doubles: every kind of node, gates by the query's modality, head
 * widths 1..256, grouped queries, strides, rotary tables, mass modes and dtypes, drawn together from one seed. What is
 * compared is out, lse, mass, and the gradients through those of them that a case asks for.
 */
import type { NodeRow } from '../../lib/kernels/index.js';
import { type DType, scope, torch } from '../../lib/tensor/index.js';
import { type RandomCase, randomCase, range } from './cases.js';
import { backward, forward, massAs, massGradient, type Rounding, randomSource } from './reference.js';
import { distance, numbers, pullBack, run } from './tensors.js';

const cases = process.env.EARSIGHT_TEST_FULL ? 2000 : 200;

/**
 * Relative limits of Frobenius norms (out, gradients) and of single entries (lse, mass; absolute below 1), and half the
 * spacing of the dtype and of the dtype of sums.
 */
const limitsOf: Partial<
  Record<DType, Record<'out' | 'gradients' | 'lse' | 'mass' | 'unit' | 'sumUnit', number>>
> = {
  bfloat16: { out: 4e-3, gradients: 5e-3, lse: 1e-4, mass: 2e-3, unit: 2 ** -8, sumUnit: 2 ** -24 },
  float32: { out: 1e-5, gradients: 5e-5, lse: 1e-5, mass: 1e-5, unit: 2 ** -24, sumUnit: 2 ** -24 },
  float64: { out: 1e-12, gradients: 1e-12, lse: 1e-12, mass: 1e-12, unit: 2 ** -53, sumUnit: 2 ** -53 },
};

const held = (data: Float64Array, dtype: DType) =>
  Float64Array.from(numbers(torch.fromBuffer(data, [data.length], 'float64').to(dtype)));

const bits = new DataView(new ArrayBuffer(4));

/** To the nearest bfloat16, ties to even. */
const toBFloat16: Rounding = (value) => {
  if (!Number.isFinite(value)) return value;
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  bits.setUint32(0, (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000);
  return bits.getFloat32(0);
};

/** Runs the operator; gradients of what it returned are drawn from the seed too. */
function outcomeOf(input: RandomCase, seed: number) {
  const { dtype, massMode, wantLse } = input;
  for (const x of [input.q, input.k, input.v]) x.data = held(x.data, dtype);
  const ran = run(input, dtype, {
    massMode,
    returnLse: wantLse,
    // What stands for the defaults is left out.
    ...(input.modality.some(Boolean) ? {} : { modality: null }),
    ...(input.queryModality.some(Boolean) ? {} : { queryModality: null }),
    ...(input.scale === input.q.width ** -0.5 ? { scale: null } : {}),
  });
  const { normal } = randomSource(seed + 1e6);
  const mass = ran.mass && Float64Array.from(numbers(ran.mass));
  const upstream = {
    out: held(new Float64Array(ran.out.numel()).map(normal), dtype),
    lse: new Float64Array(input.q.heads * input.q.rows).map(wantLse ? normal : () => 0),
    mass: (mass ?? new Float64Array(0)).map(() => Math.fround(normal())),
  };
  const gradients = pullBack(ran, upstream, input.layouts?.out);
  return { out: numbers(ran.out), lse: ran.lse && numbers(ran.lse), mass, upstream, gradients };
}

/** The results whose difference from the reference is more than rounding. */
function differences(input: RandomCase, actual: ReturnType<typeof outcomeOf>, round?: Rounding): string[] {
  const limits = limitsOf[input.dtype] as NonNullable<(typeof limitsOf)['float32']>;
  const found: string[] = [];
  const close = (name: string, values: number[], expected: Float64Array, limit: number, doubt = 0) => {
    const { difference, norm } = distance(values, expected);
    const allowed = Math.max(limit * Math.max(norm, 1e-3), doubt);
    if (!(difference <= allowed)) found.push(`${name} is ${difference} off, allowed ${allowed}`);
  };
  const entries = (name: string, values: ArrayLike<number>, expected: Float64Array, limit: number) => {
    expect(values.length).toBe(expected.length);
    const wrong = expected.findIndex(
      (value, i) =>
        value !== values[i] && !(Math.abs(values[i] - value) <= limit * Math.max(1, Math.abs(value))),
    );
    if (wrong >= 0) found.push(`${name}[${wrong}] is ${values[wrong]}, expected ${expected[wrong]}`);
  };

  const wanted = forward(input, round);
  close('out', actual.out, wanted.out, limits.out);
  // A rotated element halfway between two bfloat16 values may round either way: 2^-8 of one product.
  if (actual.lse) entries('lse', actual.lse, wanted.lse, (round ? 20 : 1) * limits.lse);
  if (actual.mass) entries('mass', actual.mass, massAs(input.massMode, input, wanted.mass), limits.mass);

  const upstream = {
    ...actual.upstream,
    lse: actual.upstream.lse.map((value, i) => (Number.isFinite(wanted.lse[i]) ? value : 0)),
    mass: massGradient(input.massMode, input, actual.upstream.mass),
  };
  const { doubt, ...gradients } = backward(input, upstream, round);
  // Backward starts from lse as forward stored it: its rounding is a relative error of every probability.
  const largest = wanted.lse.reduce(
    (most, lse) => (Number.isFinite(lse) ? Math.max(most, Math.abs(lse)) : most),
    0,
  );
  const limit = limits.gradients + limits.sumUnit * largest;
  // `out` was rounded, and dOut . out and dOut . v were summed in different orders.
  const unit = limits.unit + limits.sumUnit * Math.sqrt(input.v.width);
  close('dq', actual.gradients.q, gradients.q, limit, unit * doubt.q);
  close('dk', actual.gradients.k, gradients.k, limit, unit * doubt.k);
  close('dv', actual.gradients.v, gradients.v, limit, limits.unit * doubt.v);
  return found;
}

/** One line for a case that differs, null for one that does not. */
function check(seed: number): string | null {
  const input = randomCase(seed);
  return scope(() => {
    const actual = outcomeOf(input, seed);
    let found = differences(input, actual);
    // Products in bfloat16 round rotated rows to bfloat16, as models do; kernels that widen to float32 do not.
    if (found.length > 0 && input.dtype === 'bfloat16' && input.angles)
      found = differences(input, actual, toBFloat16);
    if (found.length === 0) return null;
    const { q, k, v, dtype, massMode, angles, layouts } = input;
    const shape = { dtype, tq: q.rows, tk: k.rows, heads: [q.heads, k.heads], widths: [q.width, v.width] };
    const options = { massMode, rotary: Boolean(angles), layouts };
    return `seed ${seed}: ${found.join('; ')} ${JSON.stringify({ ...shape, ...options, nodes: input.nodes })}`;
  });
}

test(`${cases} random cases in bfloat16, float32 and float64`, () => {
  const wrong: string[] = [];
  for (let seed = 0; seed < cases; seed += 1) {
    const line = check(seed);
    if (line !== null) wrong.push(line);
  }
  expect(wrong).toEqual([]);
}, 600_000);

function levelsOf(nodes: NodeRow[]): number[] {
  const levels: number[] = [];
  for (const { parent = -1 } of nodes) levels.push(parent < 0 ? 1 : levels[parent] + 1);
  return levels;
}

/** How many nodes above its own have keys that node `a`'s last query sees, where its window leaves some of them out. */
function windowCrosses(nodes: NodeRow[], a: number): number {
  const { q, window = -1 } = nodes[a];
  const keys = (b: number) => nodes[b].k[1] - nodes[b].k[0];
  if (window < 0 || q[0] === q[1]) return 0;
  let [crossed, distance] = [0, keys(a)];
  for (let above = nodes[a].parent ?? -1; above >= 0; above = nodes[above].parent ?? -1) {
    if (distance > window) return crossed;
    if (keys(above) > 0) crossed += 1;
    distance += keys(above);
  }
  return distance > window ? crossed : 0;
}

test('the random cases have every dtype, mass mode and layout, rotary tables, sixteen levels, GQA and other key lengths', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    const { dtype, massMode, layouts, angles, nodes, q, k } = randomCase(seed);
    const levels = levelsOf(nodes);
    for (const name of [dtype, massMode, ...Object.values(layouts ?? {})]) seen.add(name);
    if (angles) seen.add(angles.k ? 'rotary of keys' : 'rotary');
    for (const level of levels) seen.add(`level ${level}`);
    if (Math.max(...levels) > 12) for (const name of [dtype, massMode]) seen.add(`${name} in a deep forest`);
    if (nodes.some((_, a) => windowCrosses(nodes, a) > 4)) seen.add('window across five nodes');
    if (nodes.some(({ gate }, a) => Array.isArray(gate) && levels[a] > 12))
      seen.add('gate by query in a deep forest');
    if (q.heads > k.heads) seen.add('gqa');
    if (q.rows !== k.rows) seen.add('lengths');
    if (nodes.some(({ gate }) => Array.isArray(gate))) seen.add('gate by query');
    if (nodes.some(({ window = -1 }) => window > 0)) seen.add('window');
    if (q.width > 128) seen.add('wide');
  }
  const dtypes = ['bfloat16', 'float32', 'float64'];
  const modes = ['none', 'head', 'mean', 'node'];
  const layouts = ['rows', 'heads', 'gaps', 'columns'];
  const levels = range(1, 17).map((level) => `level ${level}`);
  const deep = [...dtypes, ...modes, 'gate by query'].map((name) => `${name} in a deep forest`);
  const rest = [
    'window across five nodes',
    'rotary',
    'rotary of keys',
    'gqa',
    'lengths',
    'gate by query',
    'window',
    'wide',
  ];
  expect([...seen].sort()).toEqual([...dtypes, ...modes, ...layouts, ...levels, ...deep, ...rest].sort());
});
