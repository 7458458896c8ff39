import type { NodeRow } from '../../lib/kernels/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';
import { randomCase, range, simple } from './cases.js';
import { type Case, randomSource } from './reference.js';
import { numbers, pullBack, relativeError, run } from './tensors.js';

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

describe('avAttention: invariants', () => {
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

  test('a gate equals removed keys, also when it differs by query modality', () => {
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

  test('keys divided over levels equal one level: empty levels change nothing', () => {
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

  test('sixteen causal levels, each a lone child, equal one causal node, with a window across them too', () => {
    const lengths = [3, 1, 70, 2, 1, 5, 0, 1, 4, 64, 1, 2, 3, 1, 1, 6];
    const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0));
    const total = ends[15];
    const outcome = (nodes: NodeRow[]) => {
      const ran = run(simple(nodes, total));
      const { normal } = randomSource(3);
      const draw = (tensor: Tensor) => new Float64Array(tensor.numel()).map(normal);
      const gradients = pullBack(ran, { out: draw(ran.out), lse: draw(ran.lse), mass: draw(ran.mass) });
      return { ...gradients, out: numbers(ran.out), lse: numbers(ran.lse), mass: numbers(ran.mass) };
    };
    for (const window of [-1, 0, 9, 80]) {
      const rows = ends.map((end, i) => [end - lengths[i], end] as const);
      const split = outcome(rows.map((q, i) => ({ q, k: q, parent: i - 1, causal: true, window })));
      const whole = outcome([{ q: [0, total], k: [0, total], causal: true, window }]);
      for (const name of ['out', 'lse', 'mass', 'q', 'k', 'v'] as const)
        expect(relativeError(split[name], whole[name])).toBeLessThan(1e-13);
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
