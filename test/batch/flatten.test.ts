import {
  completionTree,
  flattenTrees,
  gateWithout,
  type LayOut,
  Modality,
  type PackedBatch,
  type PromptRoot,
  type TokenNode,
} from '../../lib/batch/index.js';
import { layOut } from '../../lib/models/index.js';

const positions = { idsPerSecond: 4, idsPerAudioToken: 1, chunkSeconds: 2 };
const merged: LayOut = (spans, from) => layOut(spans, { rule: 'merged', ...positions }, from);
const chunked: LayOut = (spans, from) => layOut(spans, { rule: 'chunked', ...positions }, from);

interface Item {
  root: PromptRoot;
  question: number[];
  completions: number[][];
}
const pack = (items: readonly Item[], rule: LayOut) =>
  flattenTrees(
    items.map((item) => completionTree(item, item.completions)),
    rule,
  );

/** One system token, then a clip of one frame (1 x 2 cells) and two audio tokens between its markers. */
const clip: PromptRoot = {
  spans: [
    { kind: 'text', length: 1 },
    { kind: 'clip', tokens: 2, rows: 1, columns: 2, times: [0] },
  ],
  textIds: [5, 1, 2, 3, 4],
};
const soundOnly: PromptRoot = {
  spans: [
    { kind: 'text', length: 2 },
    { kind: 'audio', tokens: 2 },
    { kind: 'text', length: 1 },
  ],
  textIds: [5, 2, 3],
};
const textOnly: PromptRoot = { spans: [{ kind: 'text', length: 1 }], textIds: [5] };

describe('a clip with one question and three completions', () => {
  const batch = pack(
    [
      {
        root: clip,
        question: [20, 21],
        completions: [[30, 31, 32], [40, 41], [50]],
      },
    ],
    merged,
  );

  test('tokens: system, markers, media in time order, markers, question, completions without their last token', () => {
    expect(batch.ids).toEqual([5, 1, 2, 0, 0, 0, 0, 3, 4, 20, 21, 30, 31, 40]);
    expect(batch.modality).toEqual([0, 0, 0, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('positions: media share the time axis, every completion follows the question', () => {
    expect(batch.positions.time).toEqual([0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 9]);
    expect(batch.positions.height).toEqual([0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 9]);
    expect(batch.positions.width).toEqual([0, 1, 2, 3, 4, 3, 4, 5, 6, 7, 8, 9, 10, 9]);
  });

  test('nodes: clip and its only question, its completions; a completion of one token needs no node', () => {
    expect(batch.nodes.map(({ q, parent }) => [...q, parent])).toEqual([
      [0, 11, -1],
      [11, 13, 0],
      [13, 14, 0],
    ]);
    expect(batch.nodes.every(({ q, k, causal }) => q[0] === k[0] && q[1] === k[1] && causal)).toBe(true);
  });

  test('rows: the last row of the question predicts the first token of every completion', () => {
    expect(batch.rows).toEqual([10, 11, 12, 10, 13, 10]);
    expect(batch.targets).toEqual([30, 31, 32, 40, 41, 50]);
    expect(batch.cuSeqlens).toEqual([0, 3, 5, 6]);
  });

  test('ends: where a sampler goes on from', () => {
    expect([...batch.ends.values()]).toEqual([{ node: 0, row: 10, next: 9 }]);
  });
});

test('a single completion of a single question is one node with the prompt', () => {
  const batch = pack([{ root: textOnly, question: [20, 21], completions: [[30, 31]] }], merged);
  expect(batch.ids).toEqual([5, 20, 21, 30]);
  expect(batch.nodes.map(({ q, parent }) => [...q, parent])).toEqual([[0, 4, -1]]);
  expect(batch.rows).toEqual([2, 3]);
});

test('a view without a track has the positions of a prompt that never had it', () => {
  const batch = pack([{ root: soundOnly, question: [20], completions: [[30, 31]] }], merged);
  expect(batch.ids).toEqual([5, 2, 0, 0, 3, 20, 30]);
  expect(batch.modality).toEqual([0, 0, 1, 1, 0, 0, 0]);
  expect(batch.positions.time).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('questions of one clip share its node even when they are not neighbours; targets keep the order of the items', () => {
  const items = [
    { root: clip, question: [20], completions: [[30]] },
    { root: textOnly, question: [21], completions: [[31, 32]] },
    { root: clip, question: [22], completions: [[33]] },
  ];
  const batch = pack(items, merged);
  expect(batch.roots).toEqual([clip, textOnly]);
  expect(batch.ids).toEqual([5, 1, 2, 0, 0, 0, 0, 3, 4, 20, 22, 5, 21, 31]);
  expect(batch.nodes.map(({ parent }) => parent)).toEqual([-1, 0, 0, -1]);
  expect(batch.targets).toEqual([30, 31, 32, 33]);
  expect(batch.rows).toEqual([9, 12, 13, 10]);
  expect(batch.cuSeqlens).toEqual([0, 1, 3, 4]);
});

test('a question without completions, for a forward pass alone', () => {
  const batch = pack([{ root: textOnly, question: [20], completions: [] }], merged);
  expect(batch.ids).toEqual([5, 20]);
  expect(batch.rows).toEqual([]);
  expect(batch.cuSeqlens).toEqual([0]);
});

test('an empty completion has no targets', () => {
  const batch = pack([{ root: textOnly, question: [20], completions: [[], [30]] }], merged);
  expect(batch.rows).toEqual([1]);
  expect(batch.cuSeqlens).toEqual([0, 0, 1]);
});

/** The tokens that a row sees, oldest first: its node's ancestors and its own node up to the row. */
function visible(batch: PackedBatch, row: number): number[] {
  const at = batch.nodes.findIndex(({ q }) => q[0] <= row && row < q[1]);
  const path: number[] = [];
  for (let node = at; node !== -1; node = batch.nodes[node].parent) {
    const [start, end] = batch.nodes[node].q;
    const rows = Array.from({ length: (node === at ? row + 1 : end) - start }, (_, i) => start + i);
    path.unshift(...rows);
  }
  return path;
}

test.each([
  ['merged', merged],
  ['chunked', chunked],
])(
  '%s: every target is predicted from exactly its own prompt and beginning, where they would stand alone',
  (_, rule) => {
    const video: PromptRoot = {
      spans: [
        { kind: 'text', length: 3 },
        { kind: 'clip', tokens: 17, rows: 2, columns: 3, times: [0, 1, 2, 3] },
        { kind: 'text', length: 2 },
      ],
      textIds: [101, 102, 103, 104, 105, 106, 107, 108, 109],
    };
    const ids = (from: number, length: number) => Array.from({ length }, (_, i) => from + i);
    const items: Item[] = [
      { root: video, question: ids(200, 5), completions: [ids(300, 7), ids(310, 1), ids(320, 4)] },
      { root: soundOnly, question: ids(210, 3), completions: [ids(330, 6)] },
      { root: video, question: ids(220, 4), completions: [ids(340, 3), ids(350, 3)] },
    ];
    const batch = pack(items, rule);
    let target = 0;
    for (const { root, question, completions } of items) {
      for (const completion of completions) {
        for (let t = 0; t < completion.length; t++, target++) {
          const text = [...root.textIds, ...question, ...completion.slice(0, t)];
          const length = question.length + t;
          const alone = rule([...root.spans, { kind: 'text', length }]);
          const rows = visible(batch, batch.rows[target]);
          expect(batch.targets[target]).toBe(completion[t]);
          expect(rows.map((row) => batch.modality[row])).toEqual(alone.modality);
          expect(rows.filter((row) => batch.modality[row] === 0).map((row) => batch.ids[row])).toEqual(text);
          for (const axis of ['time', 'height', 'width'] as const) {
            expect(rows.map((row) => batch.positions[axis][row])).toEqual(alone[axis]);
          }
        }
      }
    }
    expect(target).toBe(24);
  },
);

test('wrong input is refused with its numbers', () => {
  const short: PromptRoot = { ...clip, textIds: [5, 1] };
  expect(() => pack([{ root: short, question: [1], completions: [] }], merged)).toThrow(
    'a root has 2 text ids, its spans 5 text tokens and markers',
  );
  const empty: PromptRoot = { spans: [], textIds: [] };
  expect(() => pack([{ root: empty, question: [], completions: [[1]] }], merged)).toThrow(
    'trees[0].children[0].children[0]: no token precedes its first target',
  );
  const node: TokenNode = { ids: [1, 2], lossMask: [1] };
  expect(() => flattenTrees([{ root: textOnly, children: [node] }], merged)).toThrow(
    'trees[0].children[0].lossMask: expected 2 values, 0 or 1, one a token, got [1]',
  );
  const twice: TokenNode = { ids: [1] };
  expect(() => flattenTrees([{ root: textOnly, children: [twice, twice] }], merged)).toThrow(
    'trees[0].children[1]: the same object stands in the trees twice',
  );
});

test('a tree with a gate has a root and nodes of its own, which see what the gate lets through', () => {
  const tree = () => completionTree({ root: clip, question: [20] }, [[30, 31]]);
  const { ids, nodes, roots, rows } = flattenTrees(
    [tree(), { ...tree(), gate: gateWithout(Modality.video) }, tree(), { ...tree(), gate: 0b1011 }],
    merged,
  );
  expect(gateWithout(Modality.video)).toBe(0b11111011);
  expect(gateWithout(Modality.audio, Modality.image)).toBe(0b11110101);
  const whole = [5, 1, 2, 0, 0, 0, 0, 3, 4];
  expect(ids).toEqual([...whole, 20, 30, 20, 30, ...whole, 20, 30, ...whole, 20, 30]);
  expect(roots).toEqual([clip, clip, clip]);
  expect(nodes.map(({ q, parent, gate }) => [...q, parent, gate])).toEqual([
    [0, 9, -1, undefined],
    [9, 11, 0, undefined],
    [11, 13, 0, undefined],
    [13, 24, -1, 0b11111011],
    [24, 35, -1, 0b1011],
  ]);
  // In the order of the trees.
  expect(rows).toEqual([9, 10, 22, 23, 11, 12, 33, 34]);
});
