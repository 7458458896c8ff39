import {
  flattenTrees,
  type PromptRoot,
  packedTokens,
  rootTokens,
  type TokenTree,
} from '../../lib/batch/index.js';
import { tinyGraph } from '../models/tiny.js';

const text: PromptRoot = { spans: [{ kind: 'text', length: 2 }], textIds: [3, 4] };
const clip: PromptRoot = {
  spans: [
    { kind: 'text', length: 2 },
    { kind: 'clip', tokens: 5, rows: 2, columns: 2, times: [0, 1] },
  ],
  // A clip has two begin and two end markers.
  textIds: [3, 4, 5, 6, 7, 8],
};
const sequence = (length: number) => ({
  ids: Array.from({ length }, (_, i) => 10 + i),
  lossMask: Array<number>(length).fill(1),
});
const tree = (root: PromptRoot, question: number[], lengths: number[]): TokenTree => ({
  root,
  children: [{ ids: question, children: lengths.map(sequence) }],
});

test('a root has its text, markers and media', () => {
  expect(rootTokens(text)).toBe(2);
  expect(rootTokens(clip)).toBe(6 + 5 + 8);
  expect(rootTokens({ ...clip, shown: { vision: [0, 1], audio: [2] } })).toBe(6 + 3);
});

test.each<[string, TokenTree[]]>([
  ['one sequence', [tree(text, [9], [4])]],
  ['a sequence of one token, which predicts nothing', [tree(text, [9], [1, 1])]],
  ['a group on a clip', [tree(clip, [9, 9], [3, 1, 7])]],
  ['two questions about one clip', [tree(clip, [9], [2, 2]), tree(clip, [9, 8, 7], [4])]],
  ['a clip with and without a gate', [tree(clip, [9], [2]), { ...tree(clip, [9], [2]), gate: 3 }]],
  ['clip, text and clip again', [tree(clip, [9], [2]), tree(text, [9], [3]), tree(clip, [8], [2])]],
  [
    'steps below steps',
    [
      {
        root: text,
        children: [{ ids: [9], children: [{ ids: [5, 6], children: [sequence(2), sequence(3)] }] }],
      },
    ],
  ],
])('%s: as many as flattenTrees packs', (_, trees) => {
  const { layOut } = tinyGraph();
  expect(packedTokens(trees)).toBe(flattenTrees(trees, layOut).ids.length);
});
