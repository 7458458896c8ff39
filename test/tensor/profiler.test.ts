// The profiler counts every call of an operator, and only while it runs.

import { type Profile, scope, torch } from '../../lib/tensor/index.js';

const counts = ({ operators }: Profile<unknown>): Record<string, number> =>
  Object.fromEntries(operators.map(({ op, count }) => [op, count]));

test('counts and times by operator, and returns the result', () => {
  const x = torch.ones([64, 64]);
  const profile = torch.profiler(() => {
    for (let i = 0; i < 3; i += 1) x.matmul(x).add(1).add(x);
    return 'done';
  });
  expect(profile.result).toBe('done');
  expect(counts(profile)).toEqual({ 'aten::matmul': 3, 'aten::add.Scalar': 3, 'aten::add.Tensor': 3 });
  for (const { milliseconds } of profile.operators) expect(milliseconds).toBeGreaterThan(0);
  const times = profile.operators.map(({ milliseconds }) => milliseconds);
  expect(times).toEqual([...times].sort((a, b) => b - a));
});

test('counts nothing outside, and counts inner profiles once', () => {
  const x = torch.ones([2]);
  let inner: Profile<unknown> | undefined;
  const outer = torch.profiler(() => {
    x.neg();
    inner = torch.profiler(() => x.exp());
    x.neg();
  });
  x.neg();
  expect(counts(outer)).toEqual({ 'aten::neg': 2 });
  expect(counts(inner as Profile<unknown>)).toEqual({ 'aten::exp': 1 });
});

test('follows async code and leaves tasks beside it out', async () => {
  const x = torch.ones([2]);
  const profiled = torch.profiler(async () => {
    x.neg();
    await new Promise((resolve) => setTimeout(resolve, 5));
    x.neg();
    return 7;
  });
  x.exp();
  const profile = await profiled;
  expect(profile.result).toBe(7);
  expect(counts(profile)).toEqual({ 'aten::neg': 2 });
});

test('works with scopes and lets errors through', () => {
  const x = torch.ones([2]);
  expect(counts(torch.profiler(() => scope(() => x.neg().exp())))).toEqual({
    'aten::neg': 1,
    'aten::exp': 1,
  });
  expect(() => torch.profiler(() => x.add(torch.ones([3])))).toThrow(/must match/);
});
