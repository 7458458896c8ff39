/** The plan of the GRPO benchmark, and from figures to verdicts and its page, with numbers that a reader can follow. */
const {
  agreementLine,
  agreementOf,
  caseLine,
  page,
  verdict,
  withEarlier,
} = require('../../bench/grpo/report.cjs');
const { rows } = require('../../bench/grpo/rows.cjs');

const side = (least: number, median: number) => ({
  ...{ seconds: [least, median], cpu: 0.3, rate: 2048, bytes: 3e8 },
  ...{ generate: 0.02, learn: 0.04, optimizer: 0.002 },
});
const measured = { threads: 2, load: 1.25, own: side(0.1, 0.3), peer: side(0.5, 1) };
const differences = {
  ...{ sampled: 1e-6, logp: 1e-6, loss: 1e-6, advantages: 1e-6, gradients: 1e-6, parameters: 1e-6 },
  ...{ updates: 4, moved: 0.007, logRatio: 0.03 },
};
const agreement = { ...differences, ok: true };

test('the rows are models of the sizes that they are named after', () => {
  // Embedding; attention with half as many heads of keys, its biases, three matrices of four times the width, two norms; last norm.
  const parameters = rows.map(({ config }: { config: Record<string, number> }) => {
    const { vocab_size: vocabulary, hidden_size: hidden, num_hidden_layers: layers } = config;
    const layer = 3 * hidden ** 2 + 2 * hidden + 12 * hidden ** 2 + 2 * hidden;
    return vocabulary * hidden + layers * layer + hidden;
  });
  expect(parameters.map((count: number) => (count / 1e6).toFixed(1))).toEqual(['1.1', '8.1', '12.1', '19.9']);
  for (const { config, batch } of rows) {
    expect(config.intermediate_size).toBe(4 * config.hidden_size);
    expect(config.num_attention_heads).toBe(2 * config.num_key_value_heads);
    expect(batch % 8).toBe(0);
  }
});

test('the larger of both ratios is judged', () => {
  expect(verdict(rows[0], measured)).toEqual({
    ...{ least: 0.2, median: 0.3, state: 'met' },
    text: '0.20x / 0.30x of 0.35x met',
  });
  expect(verdict(rows[0], { ...measured, own: side(0.1, 0.36) }).state).toBe('missed');
  expect(verdict(rows[0], { ...measured, own: side(0.18, 0.2) }).state).toBe('missed');
});

test('one difference above its bound, or no number, is no agreement', () => {
  expect(agreementOf(differences)).toEqual(agreement);
  for (const name of ['sampled', 'logp', 'loss', 'advantages', 'gradients', 'parameters']) {
    for (const value of [1.1e-5, Number.NaN, null, undefined])
      expect(agreementOf({ ...differences, [name]: value }).ok).toBe(false);
  }
  expect(agreementLine(rows[0], agreement)).toBe(
    'A; the sides agree in 4 updates that moved the weights by 7.0e-3, log-probabilities by 3.0e-2: ' +
      "sampler's log-probabilities 1.0e-6, log-probabilities 1.0e-6, loss 1.0e-6, advantages 1.0e-6, " +
      'gradients 1.0e-6, parameters 1.0e-6',
  );
});

test('a line tells both sides, the verdict and the load; without a peer ours alone', () => {
  const own = 'earsight 100 / 300 ms (generate 20.0, learn 40.0, optimizer 2.00), CPU 300 ms, 300 MB';
  expect(caseLine(rows[0], measured)).toBe(
    `A, threads: 2; ${own}; ${own.replace('earsight 100 / 300', 'TRL 500 / 1000')}; 0.20x / 0.30x of 0.35x met; load 1.3`,
  );
  expect(caseLine(rows[0], { ...measured, peer: null })).toBe(`A, threads: 2; ${own}; load 1.3`);
});

const result = (ids: string[], more: object = {}) => ({
  ...{ cpu: 'CPU', node: 'v20', peer: 'TRL 1' },
  rows: ids.map((id) => ({ id, agreement, cases: [measured, { ...measured, threads: 1 }] })),
  ...more,
});

test('rows of an earlier run stay where machine and TRL are the same', () => {
  const ids = ({ rows: list }: { rows: { id: string }[] }) => list.map(({ id }) => id);
  expect(ids(withEarlier(result(['D', 'A']), result(['A', 'C'])))).toEqual(['A', 'C', 'D']);
  expect(ids(withEarlier(result(['D']), result(['A'], { peer: 'TRL 2' })))).toEqual(['D']);
  expect(ids(withEarlier(result(['D']), null))).toEqual(['D']);
});

test('the page has a verdict for each number of threads, both sides, and how far they agree', () => {
  const text: string = page(result(['A', 'D']));
  const title = 'vocabulary 1024, width 128, 4 layers; prompt 64, completion 64, batch 8';
  expect(text).toContain(`| A | ${title} | 2 | 0.20x / 0.30x of 0.35x met |`);
  expect(text).toContain(`| A | ${title} | 1 | 0.20x / 0.30x of 0.35x met |`);
  expect(text).toContain('| D | 2 | earsight | 100 / 300 | 20.0 | 40.0 | 2.00 | 300 |');
  expect(text).toContain('| D | 4 | 1.0e-6 | 1.0e-6 | 1.0e-6 | 1.0e-6 | 1.0e-6 | 1.0e-6 | 7.0e-3 | 3.0e-2 |');
  expect(text).not.toContain('undefined');
});
