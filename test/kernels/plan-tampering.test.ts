// A plan is a tensor that any code can write to, and kernels use its indices unchecked: a plan that differs from the one that
// av_plan returned must be refused before kernels read it.

import { type Tensor, TorchError, torch } from '../../lib/tensor/index.js';

const rows = 200;
const nodes = torch.tensor(
  [
    [0n, 90n, 0n, 90n, -1n, 1n, -1n, 0x0101010101010101n],
    [90n, 150n, 90n, 150n, 0n, 1n, 20n, 0x0101010101010101n],
    [150n, 200n, 150n, 200n, 0n, 0n, -1n, 0x0101010101010101n],
  ],
  { dtype: 'int64' },
);
const { av_attention: attention, av_plan: makePlan } = torch.ops.earsight;
torch.manualSeed(5);
const [q, k, v] = [0, 1, 2].map(() => torch.randn([rows, 2, 8]));
const original = makePlan(nodes, null, null, rows, rows) as Tensor;

const attend = (plan: Tensor): Tensor =>
  (attention as (...args: unknown[]) => Tensor[])(q, k, v, nodes, { plan })[0];

/** Small, fast, seeded: mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function refusal(plan: Tensor): string {
  try {
    attend(plan);
  } catch (error) {
    if (error instanceof TorchError && error.code === 'VALUE') return error.message;
    throw error;
  }
  return 'accepted';
}

test('1,500 tampered plans are refused', async () => {
  const words = (await original.data()) as BigInt64Array;
  const below = random(2026);
  const tampered = (): BigInt64Array => {
    const copy = BigInt64Array.from(words);
    const at = below(copy.length);
    switch (below(5)) {
      case 0: // one to three bits
        for (let i = below(3); i >= 0; i -= 1)
          copy[below(copy.length)] ^= BigInt.asIntN(64, 1n << BigInt(below(64)));
        return copy;
      case 1: // cut, or lengthened by zeros
        return below(2) ? copy.slice(0, at) : BigInt64Array.from([...copy, ...Array(1 + below(9)).fill(0n)]);
      case 2: // another number
        copy[at] = [-1n, 0n, 1n, 63n, 64n, 200n, 2n ** 40n, -(2n ** 63n)][below(8)];
        return copy;
      case 3: // two words exchanged
        [copy[at], copy[0]] = [copy[0], copy[at]];
        return copy;
      default: // a piece moved
        copy.copyWithin(below(copy.length), at, at + 1 + below(30));
        return copy;
    }
  };
  const same = (a: BigInt64Array): boolean =>
    a.length === words.length && a.every((word, i) => word === words[i]);
  let refused = 0;
  for (let made = 0; made < 1500; ) {
    const contents = tampered();
    if (same(contents)) continue;
    made += 1;
    const message = refusal(torch.fromBuffer(contents, [contents.length], 'int64'));
    expect(message).toMatch(/^earsight::av_attention: .*plan: /);
    refused += 1;
  }
  expect(refused).toBe(1500);
  expect(attend(original).toArray()).toEqual(attend(original.clone()).toArray());
});

test.each<[string, (plan: Tensor) => Tensor]>([
  ['another dtype of the same bytes', (plan) => plan.view('float64')],
  ['another dtype of the same values', (plan) => plan.to('int32')],
  ['another shape', (plan) => plan.unsqueeze(0)],
  ['every second word', (plan) => plan.index([torch.slice(0, null, 2)])],
  [
    'zeros without memory',
    (plan) => torch.ops.aten._efficientzerotensor([plan.numel()], { dtype: 'int64' }) as Tensor,
  ],
  ['nothing', () => torch.zeros([0], { dtype: 'int64' })],
])('a plan of %s is refused', (_, change) => {
  expect(refusal(change(original.clone()))).toMatch(/plan: expected the tensor that av_plan returned/);
});

describe('a plan that is written to between forward and backward', () => {
  const started = (plan: Tensor): Tensor => {
    const leafQ = q.clone();
    leafQ.requiresGrad = true;
    return (attention as (...args: unknown[]) => Tensor[])(leafQ, k, v, nodes, { plan })[0].sum();
  };

  test('is refused by backward', () => {
    const plan = original.clone();
    const loss = started(plan);
    plan.narrow(0, plan.numel() - 5, 5).add_(1);
    expect(() => loss.backward()).toThrow(/plan: expected the tensor that av_plan returned, unchanged/);
  });

  test('so is one that became the plan of more rows', () => {
    const plan = original.clone();
    const loss = started(plan);
    const wider = nodes.clone();
    wider.setIndex([2, torch.slice(0, 4)], torch.tensor([950n, 1000n, 950n, 1000n], { dtype: 'int64' }));
    const other = makePlan(wider, null, null, 1000, 1000) as Tensor;
    plan.resize_([other.numel()]).copy_(other);
    expect(() => loss.backward()).toThrow(/plan: replaced by another one/);
  });
});

test('a plan serves the nodes and sizes that it was made for only', () => {
  const elsewhere = makePlan(nodes.narrow(0, 0, 1), null, null, rows, rows) as Tensor;
  expect(refusal(elsewhere)).toMatch(/made from another node table/);
  const longer = makePlan(nodes, null, null, rows + 1, rows + 1) as Tensor;
  expect(refusal(longer)).toMatch(/made for 201 rows of q and 201 of k, got 200 and 200/);
});
