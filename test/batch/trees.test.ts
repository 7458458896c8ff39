/** A packed tree against every one of its sequences alone, in one causal pass with logits of the whole vocabulary. */
import {
  flattenTrees,
  type Packed,
  type PackedBatch,
  type PromptRoot,
  packTensors,
  type TokenNode,
  type TokenTree,
} from '../../lib/batch/index.js';
import { linearLogprob } from '../../lib/kernels/index.js';
import { noGrad, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { int64, packText, tinyGraph } from '../models/tiny.js';

const graph = tinyGraph();

/** Numbers in [0, 1), the same in every run (Park and Miller's generator). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function clipRoot(draw: () => number): PromptRoot {
  const values = (count: number) => Float32Array.from({ length: count }, () => draw() - 0.5);
  return {
    spans: [
      { kind: 'text', length: 2 },
      { kind: 'clip', tokens: 5, rows: 2, columns: 2, times: [0] },
      { kind: 'text', length: 1 },
    ],
    textIds: [3, 4, 5, 6, 7, 8, 9],
    vision: { patches: torch.tensor(values(16 * 96)).reshape([16, 96]), grids: [[1, 4, 4]] },
    audio: { mel: torch.tensor(values(8 * 20)).reshape([8, 20]), frames: [20] },
  };
}

const textRoot: PromptRoot = { spans: [{ kind: 'text', length: 3 }], textIds: [1, 2, 3] };

/** Nodes of 0 to 4 tokens; about two thirds have a loss mask, of zeros and ones. */
function randomNode(draw: () => number, levels: number): TokenNode {
  const below = (n: number) => Math.floor(draw() * n);
  const ids = Array.from({ length: below(5) }, () => below(64));
  const lossMask = below(3) > 0 ? ids.map(() => below(2)) : undefined;
  // Few children far from the leaves, so that deep trees stay small: one in two levels is an only child.
  const count = levels === 0 ? 0 : below(levels > 4 ? 3 : 4);
  const children = Array.from({ length: count }, () => randomNode(draw, levels - 1));
  return { ids, ...(lossMask && { lossMask }), ...(count > 0 && { children }) };
}

interface Path {
  root: PromptRoot;
  /** From the question down to the sequence's node. */
  nodes: TokenNode[];
}

/** The nodes with a loss mask, depth first. */
function pathsOf(trees: readonly TokenTree[]): Path[] {
  const visit = (root: PromptRoot, above: TokenNode[], node: TokenNode): Path[] => {
    const nodes = [...above, node];
    const below = (node.children ?? []).flatMap((child) => visit(root, nodes, child));
    return node.lossMask === undefined ? below : [{ root, nodes }, ...below];
  };
  return trees.flatMap(({ root, children }) => children.flatMap((child) => visit(root, [], child)));
}

/** fp32 log-probabilities of the targets of a path's last node, without anything that packs trees. */
function alone({ root, nodes }: Path): Tensor {
  const { ids, lossMask } = nodes[nodes.length - 1];
  const all = nodes.flatMap((node) => node.ids);
  const question = nodes[0].ids.length;
  const prompt = graph.layOut([...root.spans, { kind: 'text', length: question }]);
  const later = Array.from({ length: all.length - question }, (_, i) => prompt.end.next + i);
  const before = prompt.time.length - question;
  const rows = before + all.length;
  let text = 0;
  const prefix = prompt.modality.slice(0, before).map((m) => (m === 0 ? root.textIds[text++] : 0));
  const rowsOf = (modality: number) =>
    int64([...prompt.modality.keys()].filter((row) => prompt.modality[row] === modality));
  const axes = [prompt.time, prompt.height, prompt.width].map((axis) => [...axis, ...later]);
  const plain = packText([...prefix, ...all], axes[0], [{ q: [0, rows], k: [0, rows], causal: true }]);
  const packed: Packed = {
    ...plain,
    positions: torch.tensor(Float32Array.from(axes.flat())).reshape([3, rows]),
    modality: torch.tensor(Uint8Array.from([...prompt.modality, ...later.map(() => 0)])),
    ...(root.vision && { vision: { ...root.vision, rows: rowsOf(2) } }),
    ...(root.audio && { audio: { ...root.audio, rows: rowsOf(1) } }),
  };
  const logp = graph.forward(packed).matmul(graph.headWeight.t()).logSoftmax(-1);
  const first = rows - ids.length;
  const targets = [...ids.keys()].filter((t) => lossMask?.[t] === 1);
  const of = int64(targets.map((t) => ids[t])).unsqueeze(-1);
  return logp
    .indexSelect(0, int64(targets.map((t) => first + t - 1)))
    .gather(-1, of)
    .squeeze(-1);
}

function together(batch: PackedBatch): Tensor {
  const { packed, targets } = packTensors(batch);
  return linearLogprob(graph.forward(packed), graph.headWeight, targets.targets, { rows: targets.rows }).logp;
}

function gradients(loss: Tensor): number[][] {
  graph.zeroGrad();
  loss.backward();
  const all = graph
    .parameters()
    .map(({ grad }) => (grad === null ? [] : (grad.flatten().toArray() as number[])));
  graph.zeroGrad();
  return all;
}

/** Longest path of the table. */
function levels({ nodes }: PackedBatch): number {
  const depth: number[] = [];
  for (const { parent } of nodes) depth.push(parent < 0 ? 1 : depth[parent] + 1);
  return Math.max(...depth);
}

/** A chain of nodes of two children each: one has no children, the other goes on. The root is level 1. */
function deepTree(depth: number): TokenTree {
  const grow = (level: number): TokenNode[] =>
    level > depth
      ? []
      : [
          { ids: [level, 40], lossMask: [1, 1] },
          { ids: [20 + level, level], lossMask: [0, 1], children: grow(level + 1) },
        ];
  return { root: textRoot, children: grow(2) };
}

describe('a packed tree equals its sequences alone', () => {
  const draw = numbers(11);
  const shared = clipRoot(numbers(5));
  const random = [shared, textRoot, shared].map((root) => ({
    root,
    children: Array.from({ length: 3 }, () => randomNode(draw, 5)),
  }));
  const steep = [{ root: textRoot, children: [randomNode(numbers(23), 15), randomNode(numbers(29), 15)] }];

  test.each([
    ['random trees over two roots, one of them a clip', random, 30],
    ['a random tree of many levels', steep, 10],
    ['a tree of 16 levels', [deepTree(16)], 30],
  ] as const)('%s: log-probabilities and gradients', (_, trees, fewest) => {
    scope(() => {
      const batch = flattenTrees(trees, graph.layOut);
      const paths = pathsOf(trees);
      expect(paths.length).toBeGreaterThanOrEqual(fewest);
      expect(batch.sequences).toEqual(paths.map(({ nodes }) => nodes[nodes.length - 1]));
      const weights = torch.tensor(Float32Array.from(batch.targets, (_, i) => 0.2 + (i % 5) / 4));
      const packed = together(batch);
      const values = packed.toArray() as number[];
      const expected = paths.map((path) => alone(path));
      const { cuSeqlens } = batch;
      expect(cuSeqlens.slice(1).map((end, s) => end - cuSeqlens[s])).toEqual(
        expected.map(({ shape }) => shape[0]),
      );
      const separate = torch.cat(expected);
      for (const [i, value] of (separate.toArray() as number[]).entries())
        expect(Math.abs(values[i] - value)).toBeLessThan(2e-5);
      const actual = gradients(packed.mul(weights).sum());
      for (const [p, reference] of gradients(separate.mul(weights).sum()).entries()) {
        const scale = Math.max(1, ...reference.map(Math.abs));
        expect(actual[p].length).toBe(reference.length);
        expect(Math.max(0, ...reference.map((value, i) => Math.abs(value - actual[p][i])))).toBeLessThan(
          5e-5 * scale,
        );
      }
    });
  });

  test('16 levels are packed, 17 refused with the place and the limit', () => {
    expect(levels(flattenTrees([deepTree(16)], graph.layOut))).toBe(16);
    expect(() => flattenTrees([deepTree(17)], graph.layOut)).toThrow(
      /flattenTrees: trees\[0\](\.children\[\d\]){16}: expected at most 16 levels of nodes .* got level 17/,
    );
  });
});

test('targets are the masked tokens: not the prefix, not the steps in common, not the ends of turns', () => {
  const end = 60;
  const alternative = (ids: number[]): TokenNode => ({
    ids: [...ids, end],
    lossMask: [...ids.map(() => 1), 0],
  });
  const tree: TokenTree = {
    root: textRoot,
    children: [
      {
        ids: [10, 11],
        children: [{ ids: [20, 21, 22], children: [alternative([30, 31]), alternative([32, 33, 34])] }],
      },
    ],
  };
  const batch = flattenTrees([tree], graph.layOut);
  expect(batch.targets).toEqual([30, 31, 32, 33, 34]);
  expect(batch.cuSeqlens).toEqual([0, 2, 5]);
  // Prompt, question and steps are one chain; rows 3 and 4 are the question, 5 to 7 the steps.
  expect(batch.ids).toEqual([1, 2, 3, 10, 11, 20, 21, 22, 30, 31, 32, 33, 34]);
  expect(batch.rows).toEqual([7, 8, 7, 10, 11]);
  const steps = tree.children[0].children![0];
  expect(batch.ends.get(steps)).toEqual({ node: 0, row: 7, next: 8 });
});

test('a prefix with a mask of zeros has no effect on the loss of what follows', () => {
  const answer = (lossMask: number[] | undefined): TokenTree => ({
    root: textRoot,
    children: [
      {
        ids: [10],
        children: [{ ids: [20, 21], lossMask, children: [{ ids: [30, 31], lossMask: [1, 1] }] }],
      },
    ],
  });
  const [masked, bare] = [[0, 0], undefined].map((mask) => flattenTrees([answer(mask)], graph.layOut));
  expect(masked.targets).toEqual([30, 31]);
  expect(masked.cuSeqlens).toEqual([0, 0, 2]);
  expect(bare.cuSeqlens).toEqual([0, 2]);
  expect(masked.rows).toEqual(bare.rows);
  const read = (batch: PackedBatch) => noGrad(() => scope(() => together(batch).toArray()));
  expect(read(masked)).toEqual(read(bare));
});

test('a lone child stands in its parent, also below an empty node, and not where a sibling is', () => {
  const chain = (ids: number[], ...children: TokenNode[]): TokenNode => ({ ids, children });
  const table = (...children: TokenNode[]) =>
    flattenTrees([{ root: textRoot, children }], graph.layOut).nodes.map(({ q, parent }) => [...q, parent]);
  expect(table(chain([10], chain([11], chain([12, 13]))), chain([14]))).toEqual([
    [0, 3, -1],
    [3, 7, 0],
    [7, 8, 0],
  ]);
  expect(table(chain([10], chain([], chain([11]))), chain([12]))).toEqual([
    [0, 3, -1],
    [3, 5, 0],
    [5, 6, 0],
  ]);
  // The empty one has a sibling: its child would be seen by it.
  expect(table(chain([10], chain([], chain([11])), chain([12])), chain([13]))).toEqual([
    [0, 3, -1],
    [3, 4, 0],
    [4, 5, 1],
    [5, 6, 1],
    [6, 7, 0],
  ]);
});

test('sequences of no tokens, and of one, keep their places', () => {
  const none: TokenNode = { ids: [], lossMask: [] };
  const one: TokenNode = { ids: [30], lossMask: [1] };
  const batch = flattenTrees(
    [{ root: textRoot, children: [{ ids: [10], children: [none, one, { ids: [], lossMask: [] }] }] }],
    graph.layOut,
  );
  expect(batch.cuSeqlens).toEqual([0, 0, 1, 1]);
  expect(batch.rows).toEqual([3]);
  expect(batch.ids).toEqual([1, 2, 3, 10]);
});
