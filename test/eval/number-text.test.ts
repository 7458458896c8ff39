import { fixed, formatAccuracy, gain, percent, points } from '../../lib/eval/index.js';

test.each([
  [-0.0004, 1, '0.0'],
  [-0, 0, '0'],
  [-0.04, 1, '0.0'],
  [-0.06, 1, '-0.1'],
  [-10, 1, '-10.0'],
  [0.25, 2, '0.25'],
  [Number.NaN, 1, 'NaN'],
])('%d with %d digits is %s', (value, digits, text) => {
  expect(fixed(value, digits)).toBe(text);
});

test('a fraction that is not known is left out', () => {
  expect([0, -1e-17, 0.714, 1, Number.NaN, Infinity].map(percent)).toEqual([
    '0.0 %',
    '0.0 %',
    '71.4 %',
    '100.0 %',
    '',
    '',
  ]);
});

test('a difference has a sign, and none of its own where it is rounded to zero', () => {
  expect([0.25, -0.25, 0, -0.0004].map(points)).toEqual(['+25.0', '-25.0', '+0.0', '+0.0']);
});

test('a table of no questions has empty cells', () => {
  const cell = { kind: 'all', view: 'av', count: 0, correct: 0, wellFormed: 0, chance: Number.NaN } as const;
  expect(formatAccuracy([{ stage: 's', accuracy: [cell] }])).not.toMatch(/NaN|Infinity|-0/);
});

test('a gain and its interval lie within 100 points', () => {
  const answers = (digits: string) =>
    [...digits].map((digit, i) => ({
      sample: { id: `${i}`, question: '?' },
      view: 'av' as const,
      completion: '',
      correct: digit === '1',
      wellFormed: true,
    }));
  // Changes 1, 1, 0: the mean 2/3 with 1.96 standard errors of 1/3 ends above 1.
  expect(gain(answers('000'), answers('110'))).toMatchObject({ mean: expect.closeTo(2 / 3), high: 1 });
  expect(gain(answers('110'), answers('000'))).toMatchObject({ low: -1 });
});
