/** From samples to figures and verdicts of the policy benchmark, with numbers that a reader can follow. */
const { productWork, rows, specOf } = require('../../bench/policy/rows.cjs');
const { lineOf, page, summarise, targetsOf } = require('../../bench/policy/report.cjs');

const errors = { logp: 1e-6, hidden: 2e-3, weight: null };
const contestant = (name: string, seconds: number[], bytes: number | null = 5e6) => ({
  name,
  seconds,
  bytes,
  errors,
});
const measured = (pairs: number, more: object = {}) => ({
  id: 'L1',
  contestants: [
    contestant('earsight', Array(pairs).fill(0.2)),
    contestant('trl', [0.1]),
    contestant(
      'eager',
      Array.from({ length: pairs }, (_, i) => (i % 2 ? 0.5 : 0.3)),
    ),
  ],
  skipped: { liger: 'ModuleNotFoundError: no module' },
  guard: [1e12, 1.05e12],
  ...more,
});

test('the ratio is the median of the pairs, against whoever was measured to the end', () => {
  const summary = summarise(measured(10));
  expect(summary).toMatchObject({ fastest: 'eager', pairs: 10, quiet: true });
  expect(summary.ratio).toBeCloseTo(2, 12);
  expect(summary.contestants[1]).toMatchObject({ name: 'trl', samples: 1, milliseconds: 100 });
  expect(summarise(measured(10, { guard: [1e12, 1.2e12] })).quiet).toBe(false);
  expect(lineOf(summary)).toBe(
    'L1; 200 ms; 5 MB; 2.00x eager; Liger-Kernel, chunked skipped: ModuleNotFoundError: no module',
  );
});

test('a target is met, missed, or open for want of pairs', () => {
  const row = rows.find(({ id }: { id: string }) => id === 'L1');
  const states = (summary: object, machine = 'avx512_bf16') =>
    targetsOf(row, machine, { rows: [summary] }).map(({ state }: { state: string }) => state);
  expect(states(summarise(measured(10)))).toEqual(['met', 'met']);
  expect(states(summarise(measured(10)), 'amx')).toEqual(['missed', 'met']);
  expect(states(summarise(measured(9)))).toEqual(['open', 'met']);
  const heavy = measured(10);
  heavy.contestants[0].bytes = 11e6;
  expect(states(summarise(heavy))).toEqual(['met', 'missed']);
  expect(targetsOf(row, 'avx512_bf16', undefined).map(({ state }: { state: string }) => state)).toEqual([
    'open',
    'open',
  ]);
});

test('operations of the matrix products, by hand', () => {
  const row = { dtype: 'bfloat16', entropyWeight: 0, batch: 2, tokens: 5, width: 100 };
  const one = 2 * 10 * 100 * 151_936;
  expect(productWork({ ...row, mode: 'forward' })).toBe(one);
  expect(productWork({ ...row, mode: 'frozen' })).toBe(2 * one);
  expect(productWork({ ...row, mode: 'full' })).toBe(4 * one);
  expect(productWork({ ...row, mode: 'full', keepLogits: true })).toBe(3 * one);
  expect(productWork({ ...row, mode: 'full', entropyWeight: 0.01 })).toBeNull();
  expect(productWork({ ...row, mode: 'full', dtype: 'float32' })).toBeNull();
});

test('the page holds every target, measured or not', () => {
  const ceilings = { mmBfloat16: 1e12, mmFloat32: 2e11, copy: 2e10 };
  const run = {
    cpu: 'CPU',
    features: ['avx512_bf16'],
    threads: 2,
    torch: '2.13.0',
    capability: 'AVX512',
    before: ceilings,
    after: ceilings,
    rows: [{ ...summarise(measured(10)), mmBfloat16: 2e12 }],
    command: 'npm run bench -- policy --write',
  };
  const text: string = page({ avx512_bf16: run });
  expect(text).toContain(
    '| L1 | bfloat16, N512 H2048, forward only | 2.00x of 1.70x met, 5 MB of 10 MB met |',
  );
  expect(text).toContain('1.45x open');
  // 2 x 512 x 2048 x 151,936 operations at 2 TFLOP/s, of 200 ms, against a median of 400.
  expect(text).toContain('| L1 | 159 | 80 % | 2.51x |');
  for (const { id, targets } of rows) if (targets) expect(text).toContain(`| ${id} |`);
});

test('rows: unique names, and Python reads only what it measures', () => {
  expect(new Set(rows.map(({ id }: { id: string }) => id)).size).toBe(rows.length);
  for (const row of rows) {
    expect(row.targets === undefined || row.targets.amx >= row.targets.avx512_bf16).toBe(true);
    expect(specOf(row)).not.toHaveProperty('targets');
  }
});
