import { avAttention, type NodeRow, nodeTable } from '../../lib/kernels/index.js';
import { memoryStats, scope, torch } from '../../lib/tensor/index.js';

const root: NodeRow = { q: [0, 2], k: [0, 3] };
const child: NodeRow = { q: [2, 3], k: [3, 4], parent: 0 };

/** The parent of each row is the row before it. */
const chain = (levels: number): NodeRow[] =>
  Array.from({ length: levels }, (_, i) => ({ q: [i, i + 1], k: [i, i + 1], parent: i - 1 }));

test('rows become int64 words: defaults, negative numbers, one gate byte for all queries', () => {
  const table = nodeTable([root, { ...child, causal: true, window: 2 ** 40, gate: 0x81 }]);
  expect(table.length).toBe(2);
  expect([table.queryRows, table.keyRows]).toEqual([3, 4]);
  expect(table.tensor.dtype).toBe('int64');
  const gates = table.tensor.narrow(1, 7, 1).contiguous().view('uint8').toArray();
  expect(gates).toEqual([Array(8).fill(0xff), Array(8).fill(0x81)]);
  expect(table.tensor.narrow(1, 0, 7).toArray()).toEqual([
    [0, 2, 0, 3, -1, 0, -1],
    [2, 3, 3, 4, 0, 1, 2 ** 40],
  ]);
});

test('eight gate bytes keep their order', () => {
  const gate = [1, 2, 3, 4, 5, 6, 7, 200];
  const words = nodeTable([{ ...root, gate }])
    .tensor.narrow(1, 7, 1)
    .contiguous();
  expect(words.view('uint8').toArray()).toEqual([gate]);
});

test('an empty table', () => {
  expect(nodeTable([]).tensor.shape).toEqual([0, 8]);
});

test.each<[string, unknown[], string]>([
  [
    'a range backwards',
    [{ ...root, q: [5, 3] }],
    'nodes[0].q: expected [start, end] with integers 0 <= start <= end, got [5, 3]',
  ],
  ['a negative start', [{ ...root, k: [-1, 3] }], 'nodes[0].k: expected [start, end]'],
  [
    'a missing range',
    [{ q: [0, 1] }],
    'nodes[0].k: expected [start, end] with integers 0 <= start <= end, got undefined',
  ],
  ['fractions', [{ ...root, q: [0, 1.5] }], 'nodes[0].q'],
  [
    'a later parent',
    [{ ...root, parent: 0 }],
    'nodes[0].parent: expected -1 or the index of an earlier node, got 0',
  ],
  ['causal as a number', [{ ...root, causal: 1 }], 'nodes[0].causal: expected a boolean, got 1'],
  [
    'a window below -1',
    [root, { ...child, window: -2 }],
    'nodes[1].window: expected -1 or an integer distance >= 0, got -2',
  ],
  [
    'a gate beyond a byte',
    [{ ...root, gate: 256 }],
    'nodes[0].gate: expected a byte 0..255 or eight of them, got 256',
  ],
  ['seven gate bytes', [{ ...root, gate: [1, 2, 3, 4, 5, 6, 7] }], 'nodes[0].gate'],
  ['a misspelt field', [{ ...root, windows: 3 }], "nodes[0]: no argument named 'windows'"],
  ['overlapping queries', [root, { ...child, q: [1, 3] }], 'nodes[1].q: [1, 3] overlaps [0, 2] of nodes[0]'],
  [
    'keys twice on a path',
    [root, { ...child, k: [2, 4] }],
    'nodes[1].k: [2, 4] overlaps [0, 3] of its ancestor nodes[0]',
  ],
  [
    'seventeen levels',
    chain(17),
    'nodes[16].parent: expected a row of level 15 or less (a root is level 1), got 15',
  ],
])('refuses %s', (_, rows, message) => {
  expect(() => nodeTable(rows as NodeRow[])).toThrow(`nodeTable: ${message}`);
});

test('sixteen levels are a table, here and in the operator', () => {
  scope(() => {
    const [q, v] = [torch.zeros([16, 1, 1]), torch.arange(16).to('float32').view([16, 1, 1])];
    const { out } = avAttention(q, q, v, nodeTable(chain(16)));
    // All scores are equal: row i is the mean of 0..i.
    for (let i = 0; i < 16; i += 1) expect(out.index([i, 0, 0]).item()).toBeCloseTo(i / 2, 5);
    const rows = chain(17).map(({ q: [q0], parent }) => [
      q0,
      q0 + 1,
      q0,
      q0 + 1,
      parent as number,
      0,
      -1,
      -1,
    ]);
    const plan = (levels: number) =>
      torch.ops.earsight.av_plan(torch.tensor(rows.slice(0, levels)).to('int64'), null, null, 17, 17);
    expect(() => plan(16)).not.toThrow();
    expect(() => plan(17)).toThrow(
      'av_plan: node 16, column parent: node 15 is at level 16 and a forest has at most 16 levels',
    );
  });
});

test('siblings may share keys, and queries may have any order', () => {
  const rows: NodeRow[] = [root, { q: [6, 8], k: [3, 5], parent: 0 }, { q: [2, 4], k: [3, 5], parent: 0 }];
  expect(nodeTable(rows).queryRows).toBe(8);
});

test('one plan serves all calls of the same shape, made in any inner scope', () => {
  scope(() => {
    const table = nodeTable([root, child]);
    const [q, k] = [torch.randn([3, 2, 4]), torch.randn([4, 2, 4])];
    const { entries } = profiled(() => {
      for (let layer = 0; layer < 4; layer += 1) scope(() => avAttention(q, k, k, table));
    });
    expect(entries.get('earsight::av_plan')).toBe(1);
    expect(entries.get('earsight::av_attention')).toBe(4);
  });
});

test('modalities that were written to again get a new plan', () => {
  scope(() => {
    const table = nodeTable([{ q: [0, 1], k: [0, 2], gate: 0b01 }]);
    const [q, k, v] = [torch.zeros([1, 1, 1]), torch.zeros([2, 1, 1]), torch.tensor([[[1]], [[3]]])];
    const modality = torch.tensor(Uint8Array.of(0, 0));
    expect(avAttention(q, k, v, table, { modality }).out.item()).toBe(2);
    modality.setIndex([0], 1);
    expect(avAttention(q, k, v, table, { modality }).out.item()).toBe(3);
  });
});

test('a table outlives its scope, and leaves no tensor behind', () => {
  const before = memoryStats().liveTensors;
  let table = null as ReturnType<typeof nodeTable> | null;
  scope(() => {
    table = nodeTable([root, child]);
  });
  expect(memoryStats().liveTensors).toBe(before);
  scope(() => {
    const [q, k] = [torch.randn([3, 2, 4]), torch.randn([4, 2, 4])];
    expect(avAttention(q, k, k, table!).out.shape).toEqual([3, 2, 4]);
  });
  expect(memoryStats().liveTensors).toBe(before);
});

function profiled(fn: () => void) {
  const profile = torch.profiler(fn);
  return { entries: new Map(profile.operators.map(({ op, count }) => [op, count])) };
}

test('a table within a window bounds every row, keeps narrower windows, and is made once', () => {
  const wide = nodeTable([
    { ...root, window: 2 ** 40 },
    { ...child, causal: true, window: 2, gate: 1 },
    { q: [3, 4], k: [4, 5], parent: 1 },
  ]);
  const narrow = wide.within(5);
  expect([narrow.length, narrow.queryRows, narrow.keyRows]).toEqual([3, 4, 5]);
  expect(narrow.tensor.narrow(1, 6, 1).toArray()).toEqual([[5], [2], [5]]);
  expect(wide.tensor.narrow(1, 6, 1).toArray()).toEqual([[2 ** 40], [2], [-1]]);
  for (const [start, length] of [
    [0, 6],
    [7, 1],
  ])
    expect(narrow.tensor.narrow(1, start, length).equal(wide.tensor.narrow(1, start, length))).toBe(true);
  expect(wide.within(5)).toBe(narrow);
  expect(wide.within(0).tensor.narrow(1, 6, 1).toArray()).toEqual([[0], [0], [0]]);
  expect(() => wide.within(-1)).toThrow('NodeTable.within: window: expected an integer >= 0, got -1');
});

test('a table that ends with wanted rows has the queries of each node from the first of them on', () => {
  const table = nodeTable([
    { q: [0, 4], k: [0, 4], causal: true },
    { q: [6, 9], k: [6, 9], parent: 0, causal: true, window: 3 },
    // Before the others in q, and in no order with them in k.
    { q: [4, 5], k: [9, 11], parent: 0 },
    { q: [10, 12], k: [11, 13], parent: 1, gate: 1 },
  ]);
  // Row 5, 9 and 12 are in no node; node 3 has none that is wanted.
  const { nodes, rows } = table.endingWith([2, 4, 5, 7, 12]);
  expect(rows).toEqual([2, 3, 4, 5, 7, 8, 12]);
  expect([nodes.length, nodes.queryRows, nodes.keyRows]).toEqual([4, 7, 13]);
  expect(nodes.tensor.narrow(1, 0, 7).toArray()).toEqual([
    [0, 2, 0, 4, -1, 1, -1],
    [4, 6, 6, 9, 0, 1, 3],
    [2, 3, 9, 11, 0, 0, -1],
    [6, 6, 11, 13, 1, 0, -1],
  ]);
  expect(nodes.tensor.narrow(1, 7, 1).equal(table.tensor.narrow(1, 7, 1))).toBe(true);
});
