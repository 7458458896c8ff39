/** Operators whose meta kernels are the addon's: shapes and dtypes of results and gradients are those on the CPU. */
import { functional as F } from '../../lib/nn/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';

type Case = [name: string, shapes: number[][], call: (inputs: Tensor[], ids: Tensor) => Tensor];

const ids = [1, 0, 2, 2];
const cases: Case[] = [
  ['index_select', [[3, 5]], ([x], at) => x.indexSelect(0, at)],
  ['index_select of the last dimension', [[2, 4, 3]], ([x], at) => x.indexSelect(-1, at)],
  ['embedding', [[3, 5]], ([table], at) => F.embedding(at.reshape([2, 2]), table, 0)],
  ['layer_norm', [[2, 3, 4], [4], [4]], ([x, w, b]) => F.layerNorm(x, [4], w, b, 1e-5)],
  ['layer_norm over two dimensions', [[2, 3, 4]], ([x]) => F.layerNorm(x, [3, 4], null, null, 1e-5)],
  ['conv1d', [[2, 3, 9], [4, 3, 3], [4]], ([x, w, b]) => F.conv1d(x, w, b, [2], [1], [1], 1)],
  [
    'conv2d, groups',
    [
      [2, 4, 9, 7],
      [6, 2, 3, 2],
    ],
    ([x, w]) => F.conv2d(x, w, null, [2, 1], [1, 0], [2, 1], 2),
  ],
  [
    'conv3d',
    [
      [1, 3, 2, 8, 8],
      [5, 3, 2, 4, 4],
    ],
    ([x, w]) => F.conv3d(x, w, null, [2, 4, 4], [0, 0, 0], [1, 1, 1], 1),
  ],
];

describe.each(['float32', 'bfloat16'] as const)('%s', (dtype) => {
  test.each(cases)('%s', (_, shapes, call) => {
    const run = (device: string) => {
      const inputs = shapes.map((shape) => {
        const leaf = torch.ones(shape, { dtype, device });
        leaf.requiresGrad = true;
        return leaf;
      });
      const out = call(inputs, torch.tensor(BigInt64Array.from(ids, BigInt), { device }));
      out.sum().backward();
      const described = [out, ...inputs.map(({ grad }) => grad!)];
      expect(described.every((tensor) => tensor.device === device)).toBe(true);
      return described.map((tensor) => [tensor.dtype, tensor.shape]);
    };
    expect(run('meta')).toEqual(run('cpu'));
  });
});
