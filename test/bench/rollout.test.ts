/** The plan of the rollout benchmark, and from figures to verdicts and its page, with numbers that a reader can follow. */
const { errorCheck, idsCheck } = require('../../bench/rollout/comparisons.cjs');
const { models, readBytes } = require('../../bench/rollout/models.cjs');
const { caseLine, failedChecks, page, verdict, withEarlier } = require('../../bench/rollout/report.cjs');
const { quickRow, rows } = require('../../bench/rollout/rows.cjs');

const side = (more: object = {}) => ({
  dtype: 'bfloat16',
  ...{ first: 0.2, step: 0.02, call: 2.74, decodeRate: 400, rate: 374, bytes: 2.5e9 },
  ...more,
});
const machine = { read: 40e9, float32: 2e11, bfloat16: 8e11 };
const eight = {
  title: '8 sequences',
  own: side(),
  peer: side({ dtype: 'float32', step: 0.11, call: 14.2 }),
  ...{ machine, ratios: { step: 5.5, call: 5.18 }, of: 'step', target: 5 },
};
const rowOf = (id: string) => rows.find((row: { id: string }) => row.id === id);

test('every row has an id of its own, targets, and a way to measure it', () => {
  expect(rows.map(({ id }: { id: string }) => id)).toEqual(['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7']);
  for (const row of rows) {
    const cases = row.kind === 'text' ? row.cases : [row];
    for (const { target } of cases) expect(target).toBeGreaterThan(0);
    if (row.kind === 'text') expect(models).toHaveProperty(row.model);
    else expect(row.peer).toMatch(/^[0-9a-f]{7}$/);
  }
  expect(rowOf('R3').cases.map(({ target }: { target: number }) => target)).toEqual([1.7, 5, 2.5]);
  expect(rowOf('R5').cases.map((it: { numGenerations: number }) => it.numGenerations)).toEqual([8, 64]);
});

test('a quick row has fewer tokens and is otherwise the same', () => {
  expect(quickRow(rowOf('R3'))).toEqual({ ...rowOf('R3'), newTokens: 24 });
  expect(quickRow(rowOf('R7'))).toEqual(rowOf('R7'));
});

test('bytes that a step reads, by hand', () => {
  const config = {
    ...{ hidden_size: 8, num_attention_heads: 4, num_key_value_heads: 2, intermediate_size: 10 },
    ...{ num_hidden_layers: 3, vocab_size: 100 },
  };
  // A head is 2 wide. Queries and output 8 x 8 each, keys and values 8 x 4 each, three matrices of 8 x 10.
  const layer = 2 * 64 + 2 * 32 + 3 * 80;
  expect(readBytes(config, 5, 7, 2)).toEqual({
    weights: 2 * (3 * layer + 800),
    keys: 2 * (5 * 7 * 3 * (4 + 4)),
  });
  expect(readBytes({ ...config, head_dim: 4 }, 1, 1, 4).keys).toBe(4 * 3 * 16);
});

test('more times the peer meets a target, a smaller fraction of its time does', () => {
  expect(verdict(eight)).toMatchObject({ value: 5.5, state: 'met', text: '5.50x of 5.00x met (a step)' });
  expect(verdict({ ...eight, of: 'call' })).toMatchObject({ state: 'met', value: 5.18 });
  expect(verdict({ ...eight, target: 6 }).state).toBe('missed');
  const fraction = { ...eight, ratios: { call: 4, fraction: 0.25 }, of: 'fraction', target: 0.3 };
  expect(verdict(fraction).text).toBe('0.25x of 0.30x met (of the time)');
  expect(verdict({ ...fraction, ratios: { fraction: 0.31 } }).state).toBe('missed');
  const read = { ...eight, peer: null, ratios: { read: 0.849 }, of: 'read', target: 0.85 };
  expect(verdict(read).text).toBe('84.9 % of 85.0 % missed (of the probe)');
});

test('a line tells both sides, the machine, the verdict and the other ratio', () => {
  expect(caseLine(rowOf('R3'), eight)).toBe(
    'R3 8 sequences; earsight bfloat16 20.0 ms a step, 400 tokens/s decoding, 2.74 s the call, 374 tokens/s, 2.5 GB; ' +
      'transformers float32 110 ms a step, 400 tokens/s decoding, 14.2 s the call, 374 tokens/s, 2.5 GB; ' +
      'read 40.0 GB/s, products 0.200 / 0.800 TFLOP/s; 5.50x of 5.00x met (a step); 5.18x (the call)',
  );
});

test('ids that differ are named with their place', () => {
  const ids = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  expect(idsCheck(ids, ids)).toEqual({ ok: true, text: 'float32: 6 ids in 2 sequences are equal' });
  const other = [
    [1, 2, 3],
    [4, 9, 6],
  ];
  expect(idsCheck(ids, other)).toEqual({
    ok: false,
    text: "float32: ids differ first in sequence 1 at token 1: 5, the peer's 9",
  });
});

test('an error may be twice that of the peer', () => {
  const reference = [[-1, -2]];
  const shifted = (by: number) => [[-1 + by, -2 - by]];
  expect(errorCheck(shifted(0.19), shifted(0.1), reference).ok).toBe(true);
  expect(errorCheck(shifted(0.21), shifted(0.1), reference).ok).toBe(false);
  expect(errorCheck([[Number.NaN, -2]], shifted(0.1), reference).ok).toBe(false);
  expect(errorCheck(shifted(0.25), shifted(0.5), reference).text).toContain("2.5e-1, the peer's 5.0e-1");
});

const result = (measured: object[], more: object = {}) => ({
  ...{ cpu: 'CPU', threads: 2, node: 'v20' },
  rows: measured,
  ...more,
});
const checks = [
  { ok: true, text: 'fine' },
  { ok: false, text: 'not fine' },
];

test('checks that fail are named with their row', () => {
  expect(
    failedChecks([
      { id: 'R2', cases: [], checks },
      { id: 'R4', skipped: 'no peer' },
    ]),
  ).toEqual(['R2: not fine']);
});

test('rows of an earlier run stay where the machine is the same', () => {
  const ids = ({ rows: list }: { rows: { id: string }[] }) => list.map(({ id }) => id);
  const earlier = result([{ id: 'R2' }, { id: 'R3' }]);
  expect(ids(withEarlier(result([{ id: 'R3' }, { id: 'R1' }]), earlier))).toEqual(['R1', 'R2', 'R3']);
  expect(ids(withEarlier(result([{ id: 'R3' }], { cpu: 'other' }), earlier))).toEqual(['R3']);
  expect(ids(withEarlier(result([{ id: 'R3' }]), null))).toEqual(['R3']);
});

test('the page has every target, what was skipped, and how a long call of the peer was counted', () => {
  const inParts = { ...eight, peer: { ...eight.peer, measured: 8, rows: 64 } };
  const text: string = page(
    result([
      { id: 'R3', cases: [inParts], checks, peer: 'transformers 5' },
      { id: 'R4', skipped: 'no such Python' },
      { id: 'R1', cases: [{ ...eight, of: 'call', target: 6 }], checks: [], peer: '850d9e6' },
    ]),
  );
  expect(text).toContain(
    '| R1 | small model, 16 prompts x 8 in three views, 48 new tokens | 850d9e6 | 5.18x of 6.00x missed (the call) |',
  );
  expect(text).toContain(
    '| R3 | Qwen2 0.5B shape, prompts of 256, 128 new tokens: 8 sequences | transformers | 5.50x of 5.00x met (a step) |',
  );
  expect(text).toContain('| R7 | GRPO step of the demo');
  expect(text).toContain('| 850d9e6 | not measured |');
  expect(text).toContain('- R4: skipped: no such Python.');
  expect(text).toContain('- R3: not fine.');
  expect(text).toContain("8 sequences: the peer's prompts were computed for 8 rollouts and counted for all");
  expect(text.split('\n').every((line) => !line.includes('undefined'))).toBe(true);
});
