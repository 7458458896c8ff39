/** Keys that end: one node table for a cache that grows gives what the table of each length gives. */
import { avAttention, type NodeRow, nodeTable } from '../../lib/kernels/index.js';
import { noGrad, type Tensor, torch } from '../../lib/tensor/index.js';
import { numbers, relativeError } from './tensors.js';

const room = 40;
const prompt: NodeRow = { q: [0, 0], k: [0, 70] };
/** Three completions of a prompt, with so many of their keys; a key row of each before its first is of no node. */
const table = (lengths: readonly number[]) =>
  nodeTable([
    prompt,
    ...lengths.map((length, i): NodeRow => {
      const first = 71 + i * (room + 1);
      return { q: [i, i + 1], k: [first, first + length], parent: 0, causal: true };
    }),
  ]);

function cache() {
  torch.manualSeed(9);
  const rows = 71 + 3 * (room + 1);
  return { q: torch.randn([3, 6, 16]), k: torch.randn([rows, 2, 16]), v: torch.randn([rows, 2, 16]) };
}

const int64 = (values: readonly number[]) => torch.tensor(BigInt64Array.from(values, BigInt));

test.each([[[1, 1, 1]], [[5, 17, 40]], [[33, 2, 32]]])('%j keys of a table with room for more', (lengths) => {
  const { q, k, v } = cache();
  const keyEnd = int64(lengths.map((length, i) => 71 + i * (room + 1) + length));
  const options = { returnLse: true, massMode: 'head' } as const;
  const found = avAttention(q, k, v, table([room, room, room]), { ...options, keyEnd });
  const expected = avAttention(q, k, v, table(lengths), options);
  for (const name of ['out', 'lse', 'mass'] as const)
    expect(relativeError(numbers(found[name] as Tensor), numbers(expected[name] as Tensor))).toBeLessThan(
      1e-5,
    );
});

test('a row without keys gives 0, and -infinity', () => {
  const { q, k, v } = cache();
  const keyEnd = int64([0, -5, 72 + room + 1]);
  const { out, lse } = avAttention(q, k, v, table([9, 9, 9]), { keyEnd, returnLse: true });
  expect(out.narrow(0, 0, 2).abs().sum().item()).toBe(0);
  expect(numbers((lse as Tensor).narrow(1, 0, 2))).toEqual(Array(12).fill(-Infinity));
  expect(out.select(0, 2).abs().sum().item()).toBeGreaterThan(0);
});

test('what does not fit is refused', () => {
  const { q, k, v } = cache();
  const nodes = table([9, 9, 9]);
  const attend = (keyEnd: Tensor) => () => avAttention(q, k, v, nodes, { keyEnd });
  expect(attend(torch.ones([3]))).toThrow('av_attention: key_end: expected dtype int64');
  expect(attend(int64([1, 2]))).toThrow('av_attention: key_end: expected shape [3], got [2]');
  q.requiresGrad = true;
  expect(attend(int64([1, 2, 3]))).toThrow('av_attention: key_end: has no gradient');
  expect(noGrad(attend(int64([1, 2, 3]))).out.requiresGrad).toBe(false);
});
