// toString and util.inspect, compared with the strings that PyTorch prints (scripts/fixtures/printing.py).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type DType, memoryStats, type Tensor, torch } from '../../lib/tensor/index.js';

interface Case {
  dtype: DType;
  shape: number[];
  data?: (number | boolean | string)[];
  range?: number;
  requires_grad?: true;
  views?: [string, ...unknown[]][];
  text: string;
}
const { cases } = JSON.parse(readFileSync(join(__dirname, '../fixtures/printing.json'), 'utf8')) as {
  cases: Case[];
};

const specials: Record<string, number> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity };

function build({ dtype, shape, data, range, requires_grad, views }: Case): Tensor {
  let leaf: Tensor;
  if (range !== undefined) leaf = torch.arange(range, { dtype });
  else if (dtype.includes('int')) leaf = torch.tensor((data ?? []).map((it) => BigInt(it))).to(dtype);
  else if (dtype === 'bool')
    leaf = torch.fromBuffer(Uint8Array.from(data ?? [], Number), [data?.length ?? 0], dtype);
  else if (dtype.startsWith('complex')) {
    leaf = torch
      .fromBuffer(Float64Array.from(data ?? [], Number), [(data?.length ?? 0) / 2], 'complex128')
      .to(dtype);
  } else {
    const numbers = Float64Array.from(data ?? [], (it) => specials[it as string] ?? Number(it));
    leaf = torch.tensor(numbers).to(dtype);
  }
  leaf = leaf.reshape(shape).detach();
  if (requires_grad) leaf.requiresGrad = true;
  return (views ?? []).reduce(
    (value, [name, ...args]) =>
      (value as unknown as Record<string, (...args: unknown[]) => Tensor>)[name](...args),
    leaf,
  );
}

test('there are 40 cases or more', () => {
  expect(cases.length).toBeGreaterThanOrEqual(40);
});

test.each(cases.map((it) => [it.text.replaceAll('\n', ' ').slice(0, 70), it] as const))('%s', (_, it) => {
  const tensor = build(it);
  expect(tensor.toString()).toBe(it.text);
  expect(inspect(tensor)).toBe(it.text);
});

test('prints inside other structures, and leaves no tensor behind', () => {
  const t = torch.tensor([1, 2]);
  const before = memoryStats().liveTensors;
  expect(`${t}`).toBe('tensor([1., 2.])');
  expect(inspect({ t })).toBe('{ t: tensor([1., 2.]) }');
  expect(memoryStats().liveTensors).toBe(before);
});

test('more dimensions than data may have are counted, not shown', () => {
  const deep = torch.ones(Array<number>(20_000).fill(1));
  expect(deep.toString()).toBe('tensor(..., dim=20000)');
  expect(() => deep.toArray()).toThrow('toArray: expected at most 64 dimensions, got 20000');
  expect(torch.ones(Array<number>(64).fill(1)).toArray().toString()).toBe('1');
});
