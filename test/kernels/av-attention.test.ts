import { avAttention, type NodeRow, nodeTable } from '../../lib/kernels/index.js';
import { scope, type Tensor, TorchError, torch } from '../../lib/tensor/index.js';
import { backward, type Case, forward, heads, randomSource } from './reference.js';
import { numbers, pullBack, relativeError, run } from './tensors.js';

const cases = process.env.EARSIGHT_TEST_FULL ? 600 : 60;

/** A forest with gaps, empty runs, windows and gates; q and k of different lengths. */
function randomCase(seed: number): Case {
  const random = randomSource(seed);
  const lengths = [0, 1, 1, 2, 3, 5, 9, 17];
  const nodes: NodeRow[] = [];
  const levels: number[] = [];
  let [tq, tk] = [random.below(2), random.below(3)];
  for (let index = random.pick([1, 2, 4, 7]); index > 0; index -= 1) {
    const parents = [...levels.keys()].filter((i) => levels[i] < 4);
    const parent = parents.length > 0 && random.uniform() < 0.7 ? random.pick(parents) : -1;
    const queries = random.pick(lengths);
    const keys = random.uniform() < 0.6 ? queries : random.pick(lengths);
    nodes.push({
      q: [tq, tq + queries],
      k: [tk, tk + keys],
      parent,
      causal: random.uniform() < 0.6,
      window: random.pick([-1, -1, 0, 1, 6, 2 ** 40]),
      gate: random.pick([0xff, 0xff, 5, 0, Array.from({ length: 8 }, () => random.below(256))]),
    });
    levels.push(parent < 0 ? 1 : levels[parent] + 1);
    tq += queries + random.pick([0, 0, 1]);
    tk += keys + random.pick([0, 0, 2]);
  }
  const [keyHeads, group, width, valueWidth] = [
    random.pick([1, 2]),
    random.pick([1, 2, 3]),
    random.pick([1, 4, 8]),
    random.pick([1, 4, 5]),
  ];
  return {
    nodes,
    q: heads(tq, keyHeads * group, width, random.normal),
    k: heads(tk, keyHeads, width, random.normal),
    v: heads(tk, keyHeads, valueWidth, random.normal),
    modality: Uint8Array.from({ length: tk }, () => random.below(random.pick([1, 3, 8]))),
    queryModality: Uint8Array.from({ length: tq }, () => random.below(8)),
    scale: width ** -0.5,
  };
}

const simple = (nodes: NodeRow[], tq: number, tk = tq, seed = 1): Case => {
  const { normal } = randomSource(seed);
  return {
    nodes,
    q: heads(tq, 4, 8, normal),
    k: heads(tk, 2, 8, normal),
    v: heads(tk, 2, 6, normal),
    modality: new Uint8Array(tk),
    queryModality: new Uint8Array(tq),
    scale: 8 ** -0.5,
  };
};

/** Copies rows of the inputs into a new case. */
function pickRows(input: Case, queries: number[], keys: number[], nodes: NodeRow[]): Case {
  const take = (x: Case['q'], rows: number[]) => {
    const size = x.heads * x.width;
    const data = Float64Array.from(rows.flatMap((row) => [...x.data.subarray(row * size, (row + 1) * size)]));
    return { ...x, rows: rows.length, data };
  };
  return {
    ...input,
    nodes,
    q: take(input.q, queries),
    k: take(input.k, keys),
    v: take(input.v, keys),
    modality: Uint8Array.from(keys, (row) => input.modality[row]),
    queryModality: Uint8Array.from(queries, (row) => input.queryModality[row]),
  };
}

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

describe('avAttention against loops over doubles', () => {
  test.each([
    { dtype: 'float64' as const, forwardLimit: 1e-12, backwardLimit: 1e-12 },
    { dtype: 'float32' as const, forwardLimit: 1e-5, backwardLimit: 5e-5 },
  ])(
    'random forests in $dtype: out, lse, mass and the gradients through all three',
    ({ dtype, forwardLimit, backwardLimit }) => {
      for (let seed = 0; seed < cases; seed += 1) {
        scope(() => {
          const input = randomCase(seed);
          const { normal } = randomSource(seed + 1e6);
          const expected = forward(input);
          const ran = run(input, dtype);
          expect({ seed, ok: relativeError(numbers(ran.out), expected.out) <= forwardLimit }).toEqual({
            seed,
            ok: true,
          });
          expect({ seed, ok: relativeError(numbers(ran.lse), expected.lse) <= forwardLimit }).toEqual({
            seed,
            ok: true,
          });
          expect({ seed, ok: relativeError(numbers(ran.mass), expected.mass) <= forwardLimit }).toEqual({
            seed,
            ok: true,
          });
          const upstream = {
            out: expected.out.map(normal),
            lse: expected.lse.map((value) => (Number.isFinite(value) ? normal() : 0)),
            mass: expected.mass.map(normal),
          };
          const [actual, wanted] = [pullBack(ran, upstream), backward(input, upstream)];
          for (const name of ['q', 'k', 'v'] as const) {
            expect({ seed, name, ok: relativeError(actual[name], wanted[name]) <= backwardLimit }).toEqual({
              seed,
              name,
              ok: true,
            });
          }
        });
      }
    },
  );

  test('bfloat16 and float16 inputs keep float32 sums: lse and mass are float32', () => {
    const input = simple([{ q: [0, 20], k: [0, 20], causal: true }], 20);
    for (const [dtype, limit] of [
      ['bfloat16', 4e-3],
      ['float16', 5e-4],
    ] as const) {
      const ran = run(input, dtype);
      for (const name of ['q', 'k', 'v'] as const) input[name].data.set(numbers(ran[name]));
      const expected = forward(input);
      expect([ran.out.dtype, ran.lse.dtype, ran.mass.dtype]).toEqual([dtype, 'float32', 'float32']);
      expect(relativeError(numbers(ran.out), expected.out)).toBeLessThan(limit);
      expect(relativeError(numbers(ran.lse), expected.lse)).toBeLessThan(1e-6);
    }
  });
});

describe('avAttention by hand', () => {
  const column = (...values: number[]) => torch.tensor(values).reshape([-1, 1, 1]);

  test('a causal run of two: the second row weighs both keys', () => {
    // Scores of row 1: 0 and ln 3, so weights 1/4 and 3/4.
    const { out, lse, mass } = avAttention(
      column(1, 1),
      column(0, Math.log(3)),
      column(10, 20),
      nodeTable([{ q: [0, 2], k: [0, 2], causal: true }]),
      { modality: torch.tensor(Uint8Array.of(2, 1)), massMode: 'head', returnLse: true },
    );
    expect(numbers(out)[0]).toBe(10);
    expect(numbers(out)[1]).toBeCloseTo(17.5, 5);
    expect(numbers(lse as Tensor)[0]).toBe(0);
    expect(numbers(lse as Tensor)[1]).toBeCloseTo(Math.log(4), 6);
    const [first, second] = [numbers(mass as Tensor).slice(0, 8), numbers(mass as Tensor).slice(8)];
    expect(first).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
    expect(second[1]).toBeCloseTo(0.75, 6);
    expect(second[2]).toBeCloseTo(0.25, 6);
  });

  test('fewer queries than keys stand at the end; more queries than keys leave the first rows empty', () => {
    const zeros = (n: number) => column(...range(0, n).map(() => 0));
    const ends = avAttention(
      zeros(2),
      zeros(4),
      column(1, 2, 3, 4),
      nodeTable([{ q: [0, 2], k: [0, 4], causal: true }]),
    );
    expect(numbers(ends.out)).toEqual([2, 2.5]); // means of 1..3 and 1..4
    const starts = avAttention(
      zeros(3),
      zeros(2),
      column(1, 2),
      nodeTable([{ q: [0, 3], k: [0, 2], causal: true }]),
      { returnLse: true },
    );
    expect(numbers(starts.out)).toEqual([0, 1, 1.5]);
    expect(numbers(starts.lse as Tensor)[0]).toBe(-Infinity);
  });

  test('a window counts keys along the path, both ways when not causal', () => {
    const [q, k, v] = [column(0, 0), column(0, 0, 0, 0, 0), column(1, 2, 4, 8, 16)];
    const path = (causal: boolean, window: number): NodeRow[] => [
      { q: [0, 0], k: [0, 3] },
      { q: [0, 2], k: [3, 5], parent: 0, causal, window },
    ];
    expect(numbers(avAttention(q, k, v, nodeTable(path(true, 1))).out)).toEqual([6, 12]);
    expect(numbers(avAttention(q, k, v, nodeTable(path(true, 0))).out)).toEqual([8, 16]);
    expect(numbers(avAttention(q, k, v, nodeTable(path(false, 1))).out)).toEqual(
      [28 / 3, 12].map(Math.fround),
    );
  });

  test('a quarter turn: rotary pairs the first half of a head with the second', () => {
    const quarter = { cos: torch.zeros([1, 1]), sin: torch.ones([1, 1]) };
    const still = { keyCos: torch.ones([2, 1]), keySin: torch.zeros([2, 1]) };
    // (1, 0) turned by 90 degrees is (0, 1): it meets the second key with score ln 3.
    const { out } = avAttention(
      torch.tensor([[[1, 0]]]),
      torch.tensor([[[5, 0]], [[0, Math.log(3)]]]),
      column(0, 1),
      nodeTable([{ q: [0, 1], k: [0, 2] }]),
      { rotary: { ...quarter, ...still }, scale: 1 },
    );
    expect(numbers(out)[0]).toBeCloseTo(0.75, 6);
  });

  test('rotary turns queries and keys alike, and gradients back', () => {
    const input = simple([{ q: [0, 6], k: [0, 6], causal: true }], 6);
    const { normal } = randomSource(9);
    const angles = Float64Array.from({ length: 6 * 4 }, normal);
    const table = (f: (x: number) => number) =>
      torch.fromBuffer(Float32Array.from(angles, f), [6, 4], 'float32');
    const turn = (x: Case['q'], sign: number) => {
      const data = x.data.slice();
      for (let r = 0; r < x.rows; r += 1) {
        for (let h = 0; h < x.heads; h += 1) {
          for (let d = 0; d < 4; d += 1) {
            const [c, s] = [
              Math.fround(Math.cos(angles[r * 4 + d])),
              sign * Math.fround(Math.sin(angles[r * 4 + d])),
            ];
            const at = (r * x.heads + h) * 8 + d;
            data[at] = x.data[at] * c - x.data[at + 4] * s;
            data[at + 4] = x.data[at + 4] * c + x.data[at] * s;
          }
        }
      }
      return { ...x, data };
    };
    const ran = run(input, 'float64', { rotary: { cos: table(Math.cos), sin: table(Math.sin) } });
    const turned = { ...input, q: turn(input.q, 1), k: turn(input.k, 1) };
    expect(relativeError(numbers(ran.out), forward(turned).out)).toBeLessThan(1e-12);
    const upstream = {
      out: Float64Array.from({ length: 6 * 4 * 6 }, normal),
      lse: new Float64Array(24),
      mass: new Float64Array(192),
    };
    const [actual, wanted] = [pullBack(ran, upstream), backward(turned, upstream)];
    expect(relativeError(actual.q, turn({ ...input.q, data: wanted.q }, -1).data)).toBeLessThan(1e-12);
    expect(relativeError(actual.k, turn({ ...input.k, data: wanted.k }, -1).data)).toBeLessThan(1e-12);
  });
});

describe('avAttention: what must be the same', () => {
  test('a prompt shared by completions equals the prompt replicated for each', () => {
    const [prompt, completion, count] = [13, 5, 4];
    const nodes: NodeRow[] = [{ q: [0, prompt], k: [0, prompt], causal: true }];
    for (let g = 0; g < count; g += 1) {
      const rows: [number, number] = [prompt + g * completion, prompt + (g + 1) * completion];
      nodes.push({ q: rows, k: rows, parent: 0, causal: true });
    }
    const shared = simple(nodes, prompt + count * completion);
    const out = numbers(run(shared).out);
    const size = 4 * 6;
    for (let g = 0; g < count; g += 1) {
      const rows = [...range(0, prompt), ...range(prompt + g * completion, prompt + (g + 1) * completion)];
      const alone = pickRows(shared, rows, rows, [
        { q: [0, rows.length], k: [0, rows.length], causal: true },
      ]);
      const expected = numbers(run(alone).out);
      expect(
        relativeError(
          rows.flatMap((row) => out.slice(row * size, (row + 1) * size)),
          expected,
        ),
      ).toBeLessThan(1e-13);
    }
  });

  test('a gate equals keys that are not there, also when it differs by query modality', () => {
    const input = simple([{ q: [0, 8], k: [0, 12], gate: [0b011, 0b100, 0, 0, 0, 0, 0, 0] }], 8, 12);
    input.modality.set(range(0, 12).map((row) => row % 3));
    input.queryModality.set(range(0, 8).map((row) => row % 2));
    const out = numbers(run(input).out);
    for (const [queryModality, seen] of [
      [0, [0, 1]],
      [1, [2]],
    ] as const) {
      const queries = range(0, 8).filter((row) => row % 2 === queryModality);
      const keys = range(0, 12).filter((row) => (seen as readonly number[]).includes(row % 3));
      const expected = run(pickRows(input, queries, keys, [{ q: [0, queries.length], k: [0, keys.length] }]));
      expect(
        relativeError(
          queries.flatMap((row) => out.slice(row * 24, (row + 1) * 24)),
          numbers(expected.out),
        ),
      ).toBeLessThan(1e-13);
    }
  });

  test('the order of nodes does not matter', () => {
    const rows: NodeRow[] = range(0, 6).map((i) => ({
      q: [i * 4, i * 4 + 4],
      k: [i * 4, i * 4 + 4],
      causal: i % 2 === 0,
    }));
    const [forwards, backwards] = [rows, rows.slice().reverse()].map((nodes) => run(simple(nodes, 24)));
    expect(relativeError(numbers(forwards.out), numbers(backwards.out))).toBeLessThan(1e-14);
  });

  test('a split run of keys over levels equals one run: empty levels change nothing', () => {
    const whole = run(simple([{ q: [0, 3], k: [0, 9] }], 3, 9));
    const split = run(
      simple(
        [
          { q: [0, 0], k: [0, 4] },
          { q: [0, 0], k: [4, 4], parent: 0 },
          { q: [0, 0], k: [4, 9], parent: 1 },
          { q: [0, 3], k: [9, 9], parent: 2 },
        ],
        3,
        9,
      ),
    );
    for (const name of ['out', 'lse', 'mass'] as const) {
      expect(relativeError(numbers(split[name]), numbers(whole[name]))).toBeLessThan(1e-14);
    }
  });

  test('mass over nodes and heads adds up to the mass of heads', () => {
    const input = simple(
      [
        { q: [0, 5], k: [0, 7] },
        { q: [6, 9], k: [7, 10], parent: 0, gate: 0b01 },
      ],
      10,
      10,
    );
    input.modality.set(range(0, 10).map((row) => row % 3));
    input.queryModality.set(range(0, 10).map((row) => row % 2));
    const head = run(input).mass;
    expect(
      relativeError(numbers(run(input, 'float64', { massMode: 'mean' }).mass), numbers(head.mean(0))),
    ).toBeLessThan(1e-14);
    const byNode = run(input, 'float64', { massMode: 'node' }).mass;
    expect(byNode.shape).toEqual([2, 8, 8]);
    const rowsOfNode = [range(0, 5), range(6, 9)];
    rowsOfNode.forEach((rows, node) => {
      for (const modality of [0, 1]) {
        const indices = torch.tensor(
          BigInt64Array.from(rows.filter((row) => row % 2 === modality).map(BigInt)),
        );
        const expected = head.mean(0).indexSelect(0, indices).sum(0);
        expect(relativeError(numbers(byNode.index([node, modality])), numbers(expected))).toBeLessThan(1e-13);
      }
    });
  });

  test('float32 results are the same bits from run to run', () => {
    const input = randomCase(3);
    const [first, second] = [run(input, 'float32'), run(input, 'float32')];
    expect(numbers(second.out)).toEqual(numbers(first.out));
    const upstream = {
      out: new Float64Array(first.out.numel()).fill(1),
      lse: new Float64Array(first.lse.numel()),
      mass: new Float64Array(first.mass.numel()),
    };
    expect(pullBack(second, upstream)).toEqual(pullBack(first, upstream));
  });
});

describe('avAttention at the edges', () => {
  test('rows that see nothing: out 0, lse -inf, mass 0, gradients 0', () => {
    for (const nodes of [
      [],
      [{ q: [0, 3], k: [0, 5], gate: 0 }],
      [{ q: [0, 3], k: [2, 2] }],
      [{ q: [0, 0], k: [0, 5] }],
    ] as NodeRow[][]) {
      const ran = run(simple(nodes, 3, 5));
      expect(numbers(ran.out).every((value) => value === 0)).toBe(true);
      expect(numbers(ran.lse).every((value) => value === -Infinity)).toBe(true);
      expect(numbers(ran.mass).every((value) => value === 0)).toBe(true);
      const ones = (tensor: Tensor) => new Float64Array(tensor.numel()).fill(1);
      const gradients = pullBack(ran, { out: ones(ran.out), lse: ones(ran.lse), mass: ones(ran.mass) });
      expect(
        Object.values(gradients)
          .flat()
          .every((value) => value === 0),
      ).toBe(true);
    }
  });

  test('no rows at all', () => {
    const ran = run(simple([], 0, 0));
    expect([ran.out.shape, ran.lse.shape, ran.mass.shape]).toEqual([
      [0, 4, 6],
      [4, 0],
      [4, 0, 8],
    ]);
  });

  test('lse and mass are returned only when asked for', () => {
    const x = torch.randn([3, 1, 4]);
    expect(Object.keys(avAttention(x, x, x, nodeTable([{ q: [0, 3], k: [0, 3] }])))).toEqual(['out']);
  });

  test('errors name the argument', () => {
    const x = torch.randn([3, 2, 4]);
    const table = nodeTable([{ q: [0, 3], k: [0, 3] }]);
    // @ts-expect-error rows are not a table
    expect(() => avAttention(x, x, x, [{ q: [0, 3], k: [0, 3] }])).toThrow(
      'nodes: expected the result of nodeTable',
    );
    expect(() => avAttention(x.narrow(0, 0, 2), x, x, table)).toThrow(RangeError);
    expect(() => avAttention(x.narrow(0, 0, 2), x, x, table)).toThrow('nodes reach row 3 of q, which has 2');
    expect(() => avAttention(x, x, x.narrow(1, 0, 1), table)).toThrow(/v: expected k's rows and heads/);
    expect(() => avAttention(x, x, x, table, { modality: torch.tensor(Uint8Array.of(0, 9, 0)) })).toThrow(
      /modality: row 1: .* got 9/,
    );
    expect(() => avAttention(x, x, x, table, { modality: torch.tensor(Uint8Array.of(0)) })).toThrow(
      TorchError,
    );
    // @ts-expect-error no such mode
    expect(() => avAttention(x, x, x, table, { massMode: 'max' })).toThrow(
      /mass_mode: expected none, head, mean or node, got max/,
    );
  });
});
