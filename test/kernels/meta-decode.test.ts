/** The operators of decoding on meta tensors: shapes, dtypes and messages of the CPU; nothing is computed. */
import { nodeTable } from '../../lib/kernels/index.js';
import { type DType, torch } from '../../lib/tensor/index.js';
import {
  type Call,
  type Devices,
  expectDeviceRefused,
  expectOutlineOfCpu,
  expectRefusalOfCpu,
  type Misfit,
  meta,
  operators,
  random,
  type Stray,
} from './meta-calls.js';

/** Packed panels of 40 outputs by 8 inputs. */
const panels = (count = 2) => random([count, 8, 32]);
const zeros = (count: number) => torch.zeros([count]);
const bool = (shape: number[]) => torch.ones(shape).to('bool');
const causal = () => nodeTable([{ q: [0, 3], k: [0, 5], causal: true }]).tensor;

const calls = (dtype: DType): [string, string, Call['args']][] => [
  ['packing', 'pack_linear', ({ data }) => [data(random([40, 8], dtype)), { dtype: null }]],
  [
    'gated packing',
    'pack_gated',
    ({ data }) => [data(random([40, 8], dtype)), data(random([40, 8], dtype)), { dtype: 'bfloat16' }],
  ],
  [
    'a product',
    'packed_linear',
    ({ data }) => [data(random([2, 3, 8], dtype)), data(panels()), 40, data(random([40], dtype))],
  ],
  ['a gated product', 'packed_gated', ({ data }) => [data(random([3, 8], dtype)), data(panels(4)), 40]],
  [
    'attention',
    'decode_attention',
    ({ data, index }) => [
      data(random([3, 4, 8], dtype)),
      ...[0, 1].map(() => data(random([5, 2, 8], dtype))),
      causal(),
      index(torch.zeros([5]).to('uint8')),
    ],
  ],
  [
    'attention over keys that end',
    'av_attention',
    ({ data }) => [
      data(random([3, 4, 8], dtype)),
      ...[0, 1].map(() => data(random([5, 2, 8], dtype))),
      causal(),
      ...Array(8).fill(null),
      'head',
      data(torch.ones([3]).to('int64')),
    ],
  ],
  [
    'a choice',
    'head_choice',
    ({ data, index }) => [
      data(random([3, 8], dtype)),
      data(panels()),
      40,
      index(zeros(3)),
      {
        temperature: index(torch.ones([3])),
        repetition_penalty: index(torch.ones([3])),
        seen: index(bool([3, 40])),
      },
    ],
  ],
];

for (const dtype of ['float32', 'bfloat16', 'float16'] as const)
  test.each(calls(dtype))(
    `%s in ${dtype}: shapes, dtypes and strides are those of the CPU`,
    (_, operator, args) => expectOutlineOfCpu({ operator, args }),
  );

const x = (shape: number[]) => random(shape);
const cube = [3, 2, 4];
const row = ({ data }: Pick<Devices, 'data'>) => [data(x([3, 8])), data(panels()), 40];
test.each<Misfit>([
  ['weight', 'pack_linear', ({ data }) => [data(x([4]))]],
  ['weight', 'pack_linear', ({ data }) => [data(random([4, 2], 'float64'))]],
  ['dtype', 'pack_linear', ({ data }) => [data(x([4, 2])), { dtype: 'float64' }]],
  ['up', 'pack_gated', ({ data }) => [data(x([4, 2])), data(x([4, 3]))]],
  ['up', 'pack_gated', ({ data }) => [data(x([4, 2])), data(random([4, 2], 'bfloat16'))]],
  ['x', 'packed_linear', ({ data }) => [data(x([3, 4])), data(panels()), 40]],
  ['packed', 'packed_linear', ({ data }) => [data(x([3, 8])), data(panels()), 30]],
  ['packed', 'packed_linear', ({ data }) => [data(x([3, 8])), data(panels().to('float16')), 40]],
  ['outputs', 'packed_linear', ({ data }) => [data(x([3, 8])), data(panels()), 0]],
  ['bias', 'packed_linear', (devices) => [...row(devices), devices.data(x([30]))]],
  ['packed', 'packed_gated', row],
  ['v', 'decode_attention', ({ data }) => [data(x(cube)), data(x([5, 2, 4])), data(x([5, 2, 3])), causal()]],
  [
    'key_end',
    'av_attention',
    ({ data }) => [
      ...[0, 1, 2].map(() => data(x(cube))),
      nodeTable([{ q: [0, 3], k: [0, 3] }]).tensor,
      ...Array(8).fill(null),
      'none',
      data(zeros(3)),
    ],
  ],
  [
    'node 0, column causal',
    'decode_attention',
    ({ data }) => [...[0, 1, 2].map(() => data(x(cube))), nodeTable([{ q: [0, 3], k: [0, 3] }]).tensor],
  ],
  ['uniforms', 'head_choice', (devices) => [...row(devices), devices.index(zeros(2))]],
  [
    'seen',
    'head_choice',
    (devices) => [...row(devices), devices.index(zeros(3)), { seen: devices.index(bool([3, 30])) }],
  ],
])('%s of %s that does not fit is refused with the message of the CPU', expectRefusalOfCpu);

test.each<Stray>([
  ['packed_linear', 'packed', "the other tensor's", (here, there) => [here([3, 8]), there([2, 8, 32]), 40]],
  ['packed_linear', 'bias', "x's", (here, there) => [here([3, 8]), here([2, 8, 32]), 40, there([40])]],
  ['pack_gated', 'up', "gate's", (here, there) => [here([4, 2]), there([4, 2])]],
  [
    'av_attention',
    'key_end',
    "q's",
    (here, there) => [
      ...[0, 1, 2].map(() => here(cube)),
      nodeTable([{ q: [0, 3], k: [0, 3] }]).tensor,
      ...Array(8).fill(null),
      'none',
      there([3]).to('int64'),
    ],
  ],
  ['decode_attention', 'k', "q's", (here, there) => [here(cube), there(cube), here(cube), causal()]],
])('%s refuses %s on another device', expectDeviceRefused);

test.each<[string, string, () => unknown[]]>([
  ['head_choice', 'uniforms', () => [...row({ data: (it) => it }), meta([3])]],
  ['head_choice', 'seen', () => [...row({ data: (it) => it }), zeros(3), { seen: meta([3, 40], 'bool') }]],
])('%s of CPU tensors refuses %s on meta', (operator, name, args) => {
  expect(() => operators[operator](...args())).toThrow(
    `${operator}: ${name}: expected a tensor with values, got one on meta`,
  );
});

test('terabytes on meta', () => {
  const rows = 2 ** 24;
  const head = operators.pack_linear(meta([2 ** 26, 4096], 'bfloat16'), { dtype: null });
  const y = operators.packed_linear(meta([rows, 4096]), head, 2 ** 26);
  expect([head, y].map((it) => [it].flat()[0].shape)).toEqual([
    [2 ** 21, 4096, 32],
    [rows, 2 ** 26],
  ]);
});
