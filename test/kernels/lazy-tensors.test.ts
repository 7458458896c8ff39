// Tensors whose memory does not hold their values: a negated view shares the memory of the tensor that it negates, and a lazy
// zero (the gradient of sgn) has none. Operators must give the same results as for ordinary tensors.

import {
  groupAdvantage,
  headChoice,
  linearKl,
  linearLogprob,
  packedGated,
  packedLinear,
  packGated,
  packLinear,
  policyLoss,
  preferenceLoss,
} from '../../lib/kernels/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';

const { _neg_view: negView, _efficientzerotensor: lazyZeros } = torch.ops.aten as unknown as Record<
  string,
  (...args: unknown[]) => Tensor
>;
const attention = torch.ops.earsight.av_attention as (...args: unknown[]) => Tensor[];
const rows = 70;
const nodes = torch.tensor([[0n, 70n, 0n, 70n, -1n, 1n, -1n, 0x0101010101010101n]], { dtype: 'int64' });
const offsets = torch.tensor([0n, 30n, 70n], { dtype: 'int64' });
torch.manualSeed(8);
const [q, k, v] = [0, 1, 2].map(() => torch.randn([rows, 2, 8]));
const [hidden, weight, values] = [torch.randn([rows, 16]), torch.randn([32, 16]), torch.randn([rows])];
const target = torch.arange(0, rows).remainder(32);

const packed = packLinear(weight);
const decode = torch.ops.earsight.decode_attention as (...args: unknown[]) => Tensor;
const draws = Array(rows).fill(0.5);

const uses: [string, Tensor, (x: Tensor) => Tensor][] = [
  ['attention: q', q, (x) => attention(x, k, v, nodes)[0]],
  ['attention: k', k, (x) => attention(q, x, v, nodes)[0]],
  ['attention: v', v, (x) => attention(q, k, x, nodes)[0]],
  ['linearKl: perturbed', hidden, (x) => linearKl(hidden.flip([0]), x, weight)],
  ['linearLogprob: hidden', hidden, (x) => linearLogprob(x, weight, target).logp],
  ['linearLogprob: weight', weight, (x) => linearLogprob(hidden, x, target).logp],
  ['linearLogprob: target', target.neg(), (x) => linearLogprob(hidden, weight, x).logp],
  ['packLinear', weight, (x) => packLinear(x).panels],
  ['packGated: up', weight, (x) => packedGated(hidden, packGated(weight, x))],
  ['packedLinear: x', hidden, (x) => packedLinear(x, packed)],
  ['packedLinear: panels', packed.panels, (panels) => packedLinear(hidden, { ...packed, panels })],
  ['packedLinear: bias', values.narrow(0, 0, 32), (x) => packedLinear(hidden, packed, x)],
  ['decodeAttention: q', q, (x) => decode(x, k, v, nodes)],
  ['decodeAttention: k', k, (x) => decode(q, x, v, nodes)],
  ['decodeAttention: v', v, (x) => decode(q, k, x, nodes)],
  ['headChoice: hidden', hidden, (x) => headChoice(x, packed, draws).logprob],
  ['policyLoss', values, (x) => policyLoss(x, { advantages: x, cuSeqlens: offsets, type: 'grpo' }).loss],
  ['preferenceLoss', values, (x) => preferenceLoss(x, values, { type: 'sigmoid' }).loss],
  ['groupAdvantage', values, (x) => groupAdvantage(x, offsets)],
];

test.each(uses)('%s as a negated view', (_, tensor, use) => {
  expect(use(negView(tensor)).toArray()).toEqual(use(tensor.neg()).toArray());
});

test.each(uses)('%s as a lazy zero', (_, tensor, use) => {
  const zeros = lazyZeros(tensor.shape, { dtype: tensor.dtype });
  expect(use(zeros).toArray()).toEqual(use(torch.zerosLike(tensor)).toArray());
});

const results: [string, () => Tensor[]][] = [
  ['attention', () => [q, k, v]],
  ['linearLogprob', () => [hidden, weight]],
];
test.each(results)('a lazy zero as the gradient of %s gives gradients of 0', (name, inputs) => {
  const leaves = inputs().map((tensor) => {
    const leaf = tensor.clone();
    leaf.requiresGrad = true;
    return leaf;
  });
  const [a, b, c] = leaves;
  const result = name === 'attention' ? attention(a, b, c, nodes)[0] : linearLogprob(a, b, target).logp;
  result.sgn().sum().backward();
  for (const leaf of leaves) expect(leaf.grad?.abs().sum().item()).toBe(0);
});
