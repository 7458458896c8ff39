/**
 * Operators on meta tensors: results and gradients have the shapes, dtypes and strides that they have on the CPU, and
 * arguments that do not fit are refused with the same message. Node tables and plans stay on the CPU.
 */
import { avAttention, linearLogprob, nodeTable } from '../../lib/kernels/index.js';
import { memoryStats } from '../../lib/runtime/index.js';
import { type DType, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { randomCase } from './cases.js';
import {
  type Call,
  type Devices,
  expectDeviceRefused,
  expectOutlineOfCpu,
  expectRefusalOfCpu,
  int64,
  type Misfit,
  meta,
  onMeta,
  operators,
  outline,
  random,
  type Stray,
} from './meta-calls.js';
import { laidOut, toTensor } from './tensors.js';

// ---- shapes -------------------------------------------------------------------------------------------------------

/** The random case of a seed; `widen` repeats the heads' width, without rotary tables. */
function attention(seed: number, widen = 1): Call {
  const { nodes, dtype, massMode, layouts, angles, scale, ...input } = randomCase(seed);
  return {
    operator: 'av_attention',
    args: ({ leaf, data, index }) => {
      const [q, k, v] = (['q', 'k', 'v'] as const).map((name) => {
        const x = laidOut(toTensor(input[name], dtype).detach(), layouts?.[name]);
        return leaf(widen === 1 ? x : torch.cat(Array(widen).fill(x), 2));
      });
      const rotary = [angles?.q, angles?.q, angles?.k, angles?.k].map((x) =>
        x && widen === 1 ? data(random([x.rows, x.width])) : null,
      );
      const modalities = [input.modality, input.queryModality].map((x) => index(torch.tensor(x)));
      return [q, k, v, nodeTable(nodes).tensor, ...modalities, ...rotary, null, scale, massMode];
    },
  };
}

const logprob = (dtype: DType, rows: Tensor | null, ...options: unknown[]): Call => ({
  operator: 'linear_logprob',
  args: ({ leaf, index }) => [
    leaf(random([6, 8], dtype)),
    leaf(random([20, 8], dtype)),
    index(rows ? int64(1, 0, -100, 19) : int64(1, 0, -100, 19, 2, 3)),
    rows && index(rows),
    leaf(random([20], dtype)),
    ...options,
  ],
});

const divergence = (dtype: DType, rows: Tensor | null): Call => ({
  operator: 'linear_kl',
  args: ({ data, index }) => [
    data(random([6, 8], dtype)),
    data(random([6, 8], dtype)),
    data(random([20, 8], dtype)),
    rows && index(rows),
    data(random([20], dtype)),
  ],
});

const policy = (dtype: DType, settings: object): Call => ({
  operator: 'policy_loss',
  args: ({ leaf, data, index }) => [
    leaf(random([7], dtype)),
    data(random([2], dtype)),
    index(int64(0, 3, 7)),
    data(random([7], dtype)),
    data(random([7], dtype)),
    null,
    index(torch.ones([7]).to('bool')),
    leaf(random([7], dtype)),
    settings,
  ],
});

const preference = (dtype: DType, settings: (devices: Devices) => object): Call => ({
  operator: 'preference_loss',
  args: (devices) => [devices.leaf(random([3], dtype)), devices.leaf(random([3], dtype)), settings(devices)],
});

const advantage = (dtype: DType, shape: number[], settings: (devices: Devices) => object): Call => ({
  operator: 'group_advantage',
  args: (devices) => [devices.data(random(shape, dtype)), devices.index(int64(0, 2, 5)), settings(devices)],
});

const ofDtype = (dtype: DType): [string, Call][] => [
  ['log-probabilities', logprob(dtype, int64(5, 0, 0, 2))],
  ['log-probabilities and entropies', logprob(dtype, null, 0.7, true)],
  ['divergences', divergence(dtype, null)],
  ['divergences of chosen rows', divergence(dtype, int64(5, 0, 0, 2))],
  ['policy loss', policy(dtype, { type: 'grpo', beta: 0.1 })],
  ['policy loss with an entropy bonus', policy(dtype, { entropy_coef: 0.1, top_entropy_quantile: 0.5 })],
  ['preference loss', preference(dtype, () => ({ type: 'sigmoid' }))],
  ['advantages', advantage(dtype, [5], () => ({}))],
  ['advantages of several rewards', advantage(dtype, [5, 3], () => ({ mode: 'normalize_then_sum' }))],
];

const calls: [string, Call][] = [
  ...Array.from({ length: 30 }, (_, seed): [string, Call] => [`attention of seed ${seed}`, attention(seed)]),
  ...(['float32', 'bfloat16', 'float16', 'float64'] as const).flatMap((dtype) =>
    ofDtype(dtype).map(([name, call]): [string, Call] => [`${name} in ${dtype}`, call]),
  ),
  ['log-probabilities that keep logits', logprob('bfloat16', null, 1, false, -100, false, true)],
  [
    'soft preference labels',
    preference('float32', ({ data }) => ({ type: 'process', alpha: data(torch.full([3], 0.5)) })),
  ],
  [
    'supervised loss of the chosen',
    preference('float32', ({ data, leaf }) => ({
      type: 'sft',
      chosen_logp: leaf(random([3])),
      chosen_lengths: data(int64(4, 5, 6)),
      rejected_lengths: data(int64(4, 5, 6)),
    })),
  ],
  [
    'advantages with lengths and weights',
    advantage('float32', [5, 3], ({ index, data }) => ({
      mode: 'opo',
      lengths: index(int64(1, 2, 3, 4, 5)),
      weights: data(random([3])),
    })),
  ],
];

test.each(calls)('%s: shapes, dtypes and strides are those of the CPU', (_, call) => {
  expectOutlineOfCpu(call);
});

test('attention wider than the CPU kernels take: results and the gradients have its shapes and dtypes', () => {
  scope(() => {
    const call = attention(1, 300);
    const [expected, found] = [outline(call, 'cpu'), outline(call, 'meta')];
    const withoutStrides = (lines: unknown) => JSON.stringify(lines).replace(/ by \[[^\]]*\]/g, '');
    expect(found.results).toEqual(expected.results);
    expect(withoutStrides(found.gradients)).toBe(withoutStrides(expected.gradients));
  });
});

test('on meta attention and log-probabilities are differentiable once', () => {
  const nodes = nodeTable([{ q: [0, 3], k: [0, 3] }]);
  const [q, hidden] = [meta([3, 2, 4]), meta([3, 4])];
  for (const leaf of [q, hidden]) leaf.requiresGrad = true;
  const { out } = avAttention(q, q, q, nodes);
  const { logp } = linearLogprob(hidden, meta([5, 4]), meta([3], 'int64'));
  for (const [result, leaf] of [[out, q] as const, [logp, hidden] as const]) {
    expect(() => torch.autograd.grad([result.sum()], [leaf], { createGraph: true })).toThrow(
      'differentiable once on meta',
    );
  }
});

test('typed functions take terabytes on meta, allocate nothing and compute nothing', () => {
  scope(() => {
    const before = memoryStats().cpuBytes;
    const rows = 2 ** 24;
    const nodes = nodeTable([{ q: [0, rows], k: [0, rows], causal: true, gate: 0b11 }]);
    const [q, k] = [meta([rows, 4096, 256], 'bfloat16'), meta([rows, 512, 256], 'bfloat16')];
    q.requiresGrad = true;
    const options = { modality: meta([rows], 'uint8'), massMode: 'node', returnLse: true } as const;
    const { out, lse, mass } = avAttention(q, k, k, nodes, options);
    expect([out.shape, out.dtype]).toEqual([[rows, 4096, 256], 'bfloat16']);
    expect([lse?.shape, lse?.dtype]).toEqual([[4096, rows], 'float32']);
    expect([mass?.shape, mass?.dtype]).toEqual([[1, 8, 8], 'float32']);
    out.sum().backward();
    expect(q.grad?.shape).toEqual([rows, 4096, 256]);
    const [hidden, weight] = [meta([rows, 4096]), meta([2 ** 26, 4096])];
    weight.requiresGrad = true;
    const scored = linearLogprob(hidden, weight, meta([rows], 'int64'), {
      accumulateGrad: true,
      entropy: true,
    });
    expect([scored.logp.shape, scored.lse.shape, scored.entropy?.shape]).toEqual([[rows], [rows], [rows]]);
    scored.logp.sum().backward();
    expect(weight.grad?.shape).toEqual([2 ** 26, 4096]);
    expect(memoryStats().cpuBytes - before).toBeLessThan(2 ** 20);
  });
});

test('a plan made on the CPU serves meta tensors; the node table and the plan have to lie there', () => {
  const nodes = nodeTable([{ q: [0, 3], k: [0, 3] }]).tensor;
  const modality = torch.zeros([3]).to('uint8');
  const plan = torch.ops.earsight.av_plan(nodes, modality, null, 3, 3) as Tensor;
  const x = meta([3, 2, 4]);
  const call = (table: Tensor, keys: Tensor, words: Tensor) =>
    operators.av_attention(x, x, x, table, keys, null, null, null, null, null, words) as Tensor[];
  for (const keys of [modality, onMeta(modality)])
    expect(call(nodes, keys, plan)[0].shape).toEqual([3, 2, 4]);
  expect(() => call(nodes, modality.add(1), plan)).toThrow('plan: made from other modalities');
  expect(() => call(onMeta(nodes), modality, plan)).toThrow('nodes: expected a CPU tensor, got one on meta');
  expect(() => call(nodes, modality, onMeta(plan))).toThrow(
    'plan: expected the tensor that av_plan returned',
  );
});

// ---- arguments that do not fit ------------------------------------------------------------------------------------

const x = (shape = [3, 2, 4], dtype: DType = 'float32') => random(shape, dtype);
const table = () => nodeTable([{ q: [0, 3], k: [0, 3] }]).tensor;
const misfits: Misfit[] = [
  ['q', 'av_attention', ({ data }) => [data(x([3, 4])), data(x()), data(x()), table()]],
  ['k', 'av_attention', ({ data }) => [data(x()), data(x([3, 2, 5])), data(x()), table()]],
  ['v', 'av_attention', ({ data }) => [data(x()), data(x()), data(x([2, 2, 4])), table()]],
  ['k', 'av_attention', ({ data }) => [data(x()), data(x([3, 2, 4], 'float64')), data(x()), table()]],
  [
    'modality',
    'av_attention',
    ({ data, index }) => [data(x()), data(x()), data(x()), table(), index(torch.zeros([2]).to('uint8'))],
  ],
  [
    'node 0, column q1',
    'av_attention',
    ({ data }) => [data(x()), data(x()), data(x()), int64(0, 9, 0, 3, -1, 0, -1, -1).view([1, 8])],
  ],
  [
    'cos',
    'av_attention',
    ({ data }) => [data(x()), data(x()), data(x()), table(), null, null, data(x([3, 3])), data(x([3, 2]))],
  ],
  [
    'mass_mode',
    'av_attention',
    ({ data }) => [data(x()), data(x()), data(x()), table(), ...Array(8).fill(null), 'all'],
  ],
  [
    'plan',
    'av_attention',
    ({ data }) => {
      const plan = operators.av_plan(table(), null, null, 3, 3);
      return [data(x([4, 2, 4])), data(x()), data(x()), table(), ...Array(6).fill(null), plan];
    },
  ],
  [
    'weight',
    'linear_logprob',
    ({ data, index }) => [data(x([3, 4])), data(x([5, 6])), index(int64(1, 2, 3))],
  ],
  ['target', 'linear_logprob', ({ data, index }) => [data(x([3, 4])), data(x([5, 4])), index(int64(1, 2))]],
  [
    'bias',
    'linear_logprob',
    ({ data, index }) => [data(x([3, 4])), data(x([5, 4])), index(int64(1, 2, 3)), null, data(x([4]))],
  ],
  [
    'rows',
    'linear_logprob',
    ({ data, index }) => [data(x([3, 4])), data(x([5, 4])), index(int64(1, 2, 3)), index(int64(1))],
  ],
  [
    'temperature',
    'linear_logprob',
    ({ data, index }) => [data(x([3, 4])), data(x([5, 4])), index(int64(1, 2, 3)), null, null, 0],
  ],
  ['perturbed', 'linear_kl', ({ data }) => [data(x([3, 4])), data(x([2, 4])), data(x([5, 4]))]],
  [
    'old_logp',
    'policy_loss',
    ({ data, index }) => [data(x([7])), data(x([2])), index(int64(0, 3, 7)), data(x([6]))],
  ],
  ['advantages', 'policy_loss', ({ data, index }) => [data(x([7])), data(x([3])), index(int64(0, 3, 7))]],
  [
    'type',
    'policy_loss',
    ({ data, index }) => [data(x([7])), data(x([2])), index(int64(0, 3, 7)), { type: 'best' }],
  ],
  ['rejected_logratio', 'preference_loss', ({ data }) => [data(x([3])), data(x([2]))]],
  [
    'alpha',
    'preference_loss',
    ({ data }) => [data(x([3])), data(x([3])), { type: 'process', alpha: data(x([2])) }],
  ],
  ['offsets', 'group_advantage', ({ data, index }) => [data(x([3])), index(int64(0, 3).to('int32'))]],
  [
    'lengths',
    'group_advantage',
    ({ data, index }) => [data(x([3])), index(int64(0, 3)), { lengths: index(int64(1)) }],
  ],
];

test.each(misfits)('%s of %s that does not fit is refused with the message of the CPU', expectRefusalOfCpu);

const sft = (chosenLogp: Tensor, chosenLengths: Tensor) => ({ type: 'sft', chosenLogp, chosenLengths });

test.each<[string, string, () => unknown[]]>([
  ['av_attention', 'modality', () => [x(), x(), x(), table(), meta([3], 'uint8')]],
  ['av_attention', 'cos', () => [x(), x(), x(), table(), null, null, meta([3, 2]), x([3, 2])]],
  ['av_plan', 'modality', () => [table(), meta([3], 'uint8'), null, 3, 3]],
  ['linear_logprob', 'target', () => [x([3, 4]), x([5, 4]), meta([3], 'int64')]],
  ['linear_kl', 'rows', () => [x([3, 4]), x([3, 4]), x([5, 4]), meta([1], 'int64')]],
  ['policy_loss', 'cu_seqlens', () => [x([7]), x([2]), meta([3], 'int64')]],
  ['policy_loss', 'advantages', () => [x([7]), meta([2]), int64(0, 3, 7)]],
  ['preference_loss', 'weight', () => [x([3]), x([3]), { weight: meta([3]) }]],
  ['preference_loss', 'chosen_lengths', () => [x([3]), x([3]), sft(x([3]), meta([3]))]],
  ['group_advantage', 'offsets', () => [x([3]), meta([2], 'int64')]],
])('%s of CPU tensors refuses %s on meta', (operator, name, args) => {
  expect(() => operators[operator](...args())).toThrow(
    `${operator}: ${name}: expected a tensor with values, got one on meta`,
  );
});

const cube = [3, 2, 4];
test.each<Stray>([
  ['av_attention', 'k', "q's", (here, there) => [here(cube), there(cube), here(cube), table()]],
  ['av_attention', 'v', "q's", (here, there) => [here(cube), here(cube), there(cube), table()]],
  ['linear_logprob', 'weight', "hidden's", (here, there) => [here([3, 4]), there([5, 4]), int64(1, 2, 3)]],
  [
    'linear_logprob',
    'bias',
    "hidden's",
    (here, there) => [here([3, 4]), here([5, 4]), int64(1, 2, 3), null, there([5])],
  ],
  ['linear_kl', 'perturbed', "hidden's", (here, there) => [here([3, 4]), there([3, 4]), here([5, 4])]],
  ['policy_loss', 'old_logp', "logp's", (here, there) => [here([7]), x([2]), int64(0, 3, 7), there([7])]],
  ['preference_loss', 'rejected_logratio', "chosen_logratio's", (here, there) => [here([3]), there([3])]],
  [
    'preference_loss',
    'chosen_logp',
    "chosen_logratio's",
    (here, there) => [here([3]), here([3]), sft(there([3]), int64(1, 2, 3))],
  ],
])('%s refuses %s on another device', expectDeviceRefused);
