/** The parts of the attention benchmark that do not measure: its rows, the work in them, and its verdicts. */
import { type NodeRow, nodeTable } from '../../lib/kernels/index.js';

interface Row {
  id: string;
  heads: number;
  width: number;
  nodes: NodeRow[];
  modality?: number[];
  alternatives: string[];
  targets?: Record<string, [number, number]>;
}

const { rows, usefulFlops, visiblePairs } = require('../../bench/attention/rows.cjs') as {
  rows: Row[];
  usefulFlops: (row: Row) => [number, number];
  visiblePairs: (row: Pick<Row, 'nodes' | 'modality'>) => number;
};
const { page, summarise, targetsOf, verdict } = require('../../bench/attention/report.cjs');

const rowOf = (id: string) => rows.find((row) => row.id === id)!;

/** One pair at a time: which node holds the query, which the key, is the one on the other's path? */
function countPairs({ nodes, modality }: Pick<Row, 'nodes' | 'modality'>): number {
  const holder = (field: 'q' | 'k', at: number) =>
    nodes.findIndex((node) => node[field][0] <= at && at < node[field][1]);
  const tq = Math.max(...nodes.map(({ q }) => q[1]));
  const tk = Math.max(...nodes.map(({ k }) => k[1]));
  const keyHolder = Array.from({ length: tk }, (_, key) => holder('k', key));
  let pairs = 0;
  for (let query = 0; query < tq; query += 1) {
    const own = holder('q', query);
    if (own < 0) continue;
    const { q, k, causal, gate = 0xff } = nodes[own];
    const path = new Set<number>();
    for (let node = own; node >= 0; node = nodes[node].parent ?? -1) path.add(node);
    for (let key = 0; key < tk; key += 1) {
      if (!path.has(keyHolder[key])) continue;
      if (((gate as number) >> (modality?.[key] ?? 0)) % 2 === 0) continue;
      // Counted from the ends: the last query stands at the last key.
      if (keyHolder[key] === own && causal && k[1] - key < q[1] - query) continue;
      pairs += 1;
    }
  }
  return pairs;
}

describe('rows', () => {
  test.each(rows.map((row) => [row.id, row] as const))('%s is a valid node table', (_, row) => {
    const table = nodeTable(row.nodes);
    if (row.modality) expect(row.modality).toHaveLength(table.keyRows);
    expect(row.nodes.every(({ window = -1 }) => window === -1)).toBe(true);
  });

  test('have the sizes of their titles', () => {
    const sizes = Object.fromEntries(
      rows.map(({ id, nodes }) => {
        const { queryRows, keyRows, length } = nodeTable(nodes);
        return [id, [queryRows, keyRows, length]];
      }),
    );
    expect(sizes).toEqual({
      F4: [4096, 4096, 1],
      C4: [4096, 4096, 1],
      P8: [4096, 4096, 9],
      V3: [2048 + 1400 + 900 + 24 * 256, 2048 + 1400 + 900 + 24 * 256, 27],
      G8: [4096, 4096, 9],
      W1: [3200, 3200, 100],
      W2: [16384, 16384, 64],
      Q1: [750, 7500, 750],
      C2: [2048, 2048, 1],
    });
  });

  test('V3: every suffix has the prompt before it as its parent', () => {
    const { nodes } = rowOf('V3');
    expect(nodes.map(({ parent = -1 }) => parent)).toEqual([
      ...[-1, ...Array(8).fill(0)],
      ...[-1, ...Array(8).fill(9)],
      ...[-1, ...Array(8).fill(18)],
    ]);
  });

  test('G8: 6 audio after every 26 video tokens, and text after the prompt', () => {
    const { modality, nodes } = rowOf('G8');
    const runs = modality!.join('').match(/(.)\1*/g)!;
    expect(runs.slice(0, -1).map((run) => [run[0], run.length])).toEqual(
      Array(64)
        .fill([
          ['2', 26],
          ['1', 6],
        ])
        .flat(),
    );
    expect(runs.at(-1)).toBe('0'.repeat(2048));
    expect(nodes.filter(({ gate = 0xff }) => ((gate as number) & 2) === 0)).toHaveLength(4);
  });
});

describe('useful work', () => {
  test.each(['P8', 'G8', 'W1', 'Q1', 'C2'])('%s: as counted pair by pair', (id) => {
    expect(visiblePairs(rowOf(id))).toBe(countPairs(rowOf(id)));
  });

  test('of rows with a closed form', () => {
    const causal = (n: number) => (n * (n + 1)) / 2;
    expect(visiblePairs(rowOf('F4'))).toBe(4096 ** 2);
    expect(visiblePairs(rowOf('C4'))).toBe(causal(4096));
    expect(visiblePairs(rowOf('W2'))).toBe(64 * 256 ** 2);
    const views = [2048, 1400, 900].map((prompt) => causal(prompt) + 8 * (256 * prompt + causal(256)));
    expect(visiblePairs(rowOf('V3'))).toBe(views[0] + views[1] + views[2]);
  });

  test.each([
    ['more keys than queries', [{ q: [0, 3], k: [0, 5], causal: true }], [0, 1, 0, 0, 1]],
    ['fewer keys than queries', [{ q: [0, 5], k: [0, 3], causal: true }], undefined],
    [
      'a gate on a child of a child',
      [
        { q: [0, 2], k: [0, 2] },
        { q: [2, 5], k: [2, 5], parent: 0, causal: true, gate: 1 },
        { q: [5, 7], k: [5, 7], parent: 1, causal: true, gate: 2 },
      ],
      [0, 1, 0, 1, 1, 0, 1],
    ],
  ] as [string, NodeRow[], number[] | undefined][])('%s', (_, nodes, modality) => {
    expect(visiblePairs({ nodes, modality })).toBe(countPairs({ nodes, modality }));
  });

  test('is two products a pair forward and five backward', () => {
    expect(usefulFlops(rowOf('W1'))).toEqual([2 * 2 * 64 * 20 * 102_400, 5 * 2 * 64 * 20 * 102_400]);
  });
});

describe('verdicts', () => {
  const errors = [1e-3, 2e-3, 2e-3, 2e-3];
  const contestant = (name: string, forward: number[], backward: number[]) => ({
    name,
    forward,
    backward,
    errors: backward.length > 0 ? errors : errors.slice(0, 1),
  });
  const measured = (id: string, contestants: object[]) => ({
    id,
    contestants,
    skipped: {},
    guard: [1e12, 1.05e12],
  });
  const run = (...summaries: object[]) => ({
    cpu: 'a processor',
    features: ['avx512_bf16'],
    threads: 2,
    torch: '2.13.0',
    capability: 'AVX512',
    before: { mmBfloat16: 0.8e12, mmFloat32: 0.2e12, copy: 40e9 },
    after: { mmBfloat16: 0.7e12, mmFloat32: 0.2e12, copy: 40e9 },
    command: 'npm run bench',
    rows: summaries.map((summary) => ({ started: 'today', mmBfloat16: 0.8e12, ...summary })),
  });

  test('the ratio is the median of pairs with the fastest alternative of the direction', () => {
    const summary = summarise(
      measured('P8', [
        contestant('earsight', [1, 2, 1], [2, 2, 2]),
        contestant('sdpa_dense_mask', [9, 9, 9], [10, 12, 20]),
        contestant('flex', [3, 8, 6], []),
      ]),
    );
    expect(summary.forward).toMatchObject({ milliseconds: 1000, fastest: 'flex', ratio: 4, pairs: 3 });
    expect(summary.backward).toMatchObject({ fastest: 'sdpa_dense_mask', ratio: 6, pairs: 3 });
    expect(summary.forward.teraflops).toBeCloseTo(usefulFlops(rowOf('P8'))[0] / 1e12, 12);
    expect(summary.quiet).toBe(true);
  });

  test('an alternative that was given up after its trial is no match', () => {
    const summary = summarise(
      measured('P8', [
        contestant('earsight', [1, 1, 1], [1, 1, 1]),
        contestant('sdpa_call_per_leaf', [2], [2]),
        contestant('sdpa_dense_mask', [3, 3, 3], [3, 3, 3]),
      ]),
    );
    expect(summary.forward.fastest).toBe('sdpa_dense_mask');
    expect(summary.alternatives.map(({ pairs }: { pairs: number }) => pairs)).toEqual([1, 3]);
  });

  test('where every alternative was given up, the ratio rests on one run', () => {
    const summary = summarise(
      measured('F4', [contestant('earsight', [1, 2], [1, 1]), contestant('sdpa', [30], [50])]),
    );
    expect(summary.forward).toMatchObject({ fastest: 'sdpa', ratio: 30, pairs: 1 });
    expect(summary.backward).toMatchObject({ fastest: 'sdpa', ratio: 50, pairs: 1 });
  });

  test('met and missed by the targets of the machine, open where nothing ran', () => {
    const sides = [contestant('earsight', [0.5], [1]), contestant('sdpa', [2], [2.6])];
    const avx512 = run(summarise(measured('F4', sides)));
    const verdicts = targetsOf(rowOf('F4'), 'avx512_bf16', avx512).map((target: object) => verdict(target));
    // 4.0 of 4, 0.48 TFLOP/s of 0.8 against 88 %; 2.6 of 2.7, 0.60 against 95 %
    expect(verdicts).toEqual(['met', 'missed', 'missed', 'missed']);
    expect(targetsOf(rowOf('F4'), 'amx', undefined).map((target: object) => verdict(target))).toEqual(
      Array(4).fill('open'),
    );
    expect(targetsOf(rowOf('C4'), 'avx512_bf16', avx512).map((target: object) => verdict(target))).toEqual([
      'open',
      'open',
    ]);
    const text: string = page({ avx512_bf16: avx512 });
    expect(text).toContain(
      '| F4 | one root, 4096, full | 4.00 of 4.00 met / 2.60 of 2.70 missed | 1.20 open / 1.70 open |',
    );
  });

  test('the gated row is judged by the rate of the row that it varies', () => {
    const sides = (seconds: number) => [contestant('earsight', [seconds], [seconds])];
    const [forward, backward] = targetsOf(
      rowOf('G8'),
      'avx512_bf16',
      run(summarise(measured('P8', sides(1))), summarise(measured('G8', sides(0.94)))),
    );
    expect(forward.value).toBeCloseTo(usefulFlops(rowOf('G8'))[0] / usefulFlops(rowOf('P8'))[0] / 0.94, 12);
    expect(backward.what).toBe('rate');
    const g8 = summarise(measured('G8', sides(1)));
    const earlier = { ...summarise(measured('P8', sides(1))), started: 'yesterday' };
    expect(targetsOf(rowOf('G8'), 'avx512_bf16', run(g8))[0].value).toBeNull();
    expect(targetsOf(rowOf('G8'), 'avx512_bf16', run(g8, earlier))[0].value).toBeNull();
  });

  test('errors may exceed the tolerance only where those of PyTorch do', () => {
    const withErrors = (own: number[], theirs: number[]) =>
      summarise(
        measured('C4', [
          { ...contestant('earsight', [1], [1]), errors: own },
          { ...contestant('sdpa', [1], [1]), errors: theirs },
        ]),
      ).errorsFine;
    expect(withErrors([4e-3, 5e-3, 5e-3, 5e-3], [1e-3, 1e-3, 1e-3, 1e-3])).toBe(true);
    expect(withErrors([4e-3, 5e-3, 6e-3, 5e-3], [1e-3, 1e-3, 1e-3, 1e-3])).toBe(false);
    expect(withErrors([4e-3, 5e-3, 6e-3, 5e-3], [1e-3, 1e-3, 9e-3, 1e-3])).toBe(true);
    expect(withErrors([Number.NaN, 1e-3, 1e-3, 1e-3], [1e-3, 1e-3, 1e-3, 1e-3])).toBe(false);
  });

  test('a row whose probes differ by more than a tenth is marked', () => {
    const sides = [contestant('earsight', [1], [1])];
    expect(summarise({ ...measured('C4', sides), guard: [1e12, 1.2e12] }).quiet).toBe(false);
  });

  test('what did not run is named with its reason', () => {
    const summary = summarise({
      ...measured('P8', [contestant('earsight', [1], [1])]),
      skipped: { flex: 'InvalidCxxCompiler: No working C++ compiler found' },
    });
    expect(summary.forward).toMatchObject({ fastest: null, ratio: null });
    const slow = summarise({
      ...measured('P8', [contestant('earsight', [1], [1])]),
      skipped: { sdpa_dense_mask: 'too slow', flex: 'too slow' },
    });
    expect(page({ avx512_bf16: run(slow) })).toContain(
      'P8: SDPA, dense mask and FlexAttention skipped: too slow.',
    );
    expect(page({ avx512_bf16: run(summary) })).toContain(
      'P8: FlexAttention skipped: InvalidCxxCompiler: No working C++ compiler found.',
    );
  });
});
