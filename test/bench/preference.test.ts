/** The plan of the preference benchmark, and from figures to verdicts and its page, with numbers that a reader can follow. */
const { agreementLine, agreementOf, caseLine, page, verdict } = require('../../bench/preference/report.cjs');
const { rows } = require('../../bench/preference/rows.cjs');

const side = (least: number, median: number) => ({
  ...{ seconds: [least, median], cpu: 0.3, rate: 2048, bytes: 3e8, learn: 0.04, optimizer: 0.002 },
});
const measured = { threads: 2, load: 1.25, own: side(0.2, 0.45), peer: side(0.5, 1) };
const differences = {
  ...{ loss: 1e-6, gradients: 2e-6, parameters: 3e-7, updates: 3, moved: 0.007, margin: 0.03 },
};
const agreement = { ...differences, ok: true };

test('long prompts are to take half of the time of TRL at most, long answers nine tenths', () => {
  const plan = rows.map(({ id, prompt, completion, batch, target, config }: Record<string, never>) => [
    ...[id, prompt, completion, batch, target],
    (config as Record<string, number>).vocab_size,
  ]);
  expect(plan).toEqual([
    ['A', 512, 128, 8, 0.5, 1024],
    ['B', 64, 256, 8, 0.9, 1024],
    ['C', 512, 128, 8, 0.5, 32_000],
    ['D', 64, 256, 8, 0.9, 32_000],
  ]);
});

test('each row is judged by its own target', () => {
  expect(verdict(rows[0], measured).text).toBe('0.40x / 0.45x of 0.5x met');
  expect(verdict(rows[0], { ...measured, own: side(0.2, 0.6) }).text).toBe('0.40x / 0.60x of 0.5x missed');
  expect(verdict(rows[1], { ...measured, own: side(0.2, 0.6) }).text).toBe('0.40x / 0.60x of 0.9x met');
});

test('one difference above its bound, or no number, is no agreement', () => {
  expect(agreementOf(differences)).toEqual(agreement);
  for (const name of ['loss', 'gradients', 'parameters'])
    for (const value of [1.1e-5, Number.NaN, null, undefined])
      expect(agreementOf({ ...differences, [name]: value }).ok).toBe(false);
  expect(agreementLine(rows[0], agreement)).toBe(
    'A; the sides agree in 3 updates that moved the weights by 7.0e-3, the margin by 3.0e-2: loss 1.0e-6, gradients 2.0e-6, ' +
      'parameters 3.0e-7',
  );
});

test('a line tells both sides, the verdict and the load', () => {
  const own = 'earsight 200 / 450 ms (learn 40.0, optimizer 2.00), CPU 300 ms, 300 MB';
  const peer = 'TRL 500 / 1000 ms (learn 40.0, optimizer 2.00), CPU 300 ms, 300 MB';
  expect(caseLine(rows[0], measured)).toBe(
    `A, threads: 2; ${own}; ${peer}; 0.40x / 0.45x of 0.5x met; load 1.3`,
  );
});

test('the page has a verdict for each number of threads, both sides, and how far they agree', () => {
  const cases = [measured, { ...measured, threads: 1 }];
  const text: string = page({
    ...{ cpu: 'CPU', node: 'v20', peer: 'TRL 1' },
    rows: [
      { id: 'A', agreement, cases },
      { id: 'D', agreement, cases },
    ],
  });
  const title = 'vocabulary 1024, width 256, 4 layers; prompt 512, answers of 128';
  expect(text).toContain(`| A | ${title} | 2 | 0.40x / 0.45x of 0.5x met |`);
  expect(text).toContain('| D | 1 | earsight | 200 / 450 | 40.0 | 2.00 | 300 |');
  expect(text).toContain('| D | 3 | 1.0e-6 | 2.0e-6 | 3.0e-7 | 7.0e-3 | 3.0e-2 |');
  expect(text).not.toContain('undefined');
});
