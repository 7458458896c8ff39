import { type Answered, gain } from '../../lib/eval/index.js';

/** One answer for each digit: 1 right, 0 wrong; `perClip` questions share a clip. */
function answers(digits: string, perClip = 1, view: Answered['view'] = 'av', kind = 'both'): Answered[] {
  return [...digits].map((digit, i) => ({
    sample: { id: `${kind}-${i}`, video: `${Math.floor(i / perClip)}.mp4`, question: '?', kind },
    view,
    completion: '',
    correct: digit === '1',
    wellFormed: true,
  }));
}

describe('the gain of a stage', () => {
  it('is the mean change with an interval from its spread', () => {
    // Changes 1, 0, 0, -1, 1, 0, 0, 1: mean 1/4; squares about it 3 (3/4)^2 + 4 (1/4)^2 + (5/4)^2 = 3.5;
    // standard error sqrt(3.5 x 8/7) / 8 = 1/4.
    const { count, mean, low, high } = gain(answers('00110010'), answers('10101011'));
    expect(count).toBe(8);
    expect(mean).toBeCloseTo(0.25, 12);
    expect(low).toBeCloseTo(0.25 - 1.96 * 0.25, 12);
    expect(high).toBeCloseTo(0.25 + 1.96 * 0.25, 12);
  });

  it('counts the questions of a clip as one draw', () => {
    // Clips of two: totals 2, 0, 0, 2 about 2 x 1/2: squares 4; standard error sqrt(4 x 4/3) / 8.
    const { mean, low } = gain(answers('00000000', 2), answers('11000011', 2));
    expect(mean).toBeCloseTo(0.5, 12);
    expect(mean - low).toBeCloseTo((1.96 * Math.sqrt(16 / 3)) / 8, 12);
  });

  it('knows no interval from the questions of a single clip', () => {
    expect(gain(answers('00', 2), answers('10', 2))).toEqual({ count: 2, mean: 0.5, low: -1, high: 1 });
  });

  it('looks at one view and kind, and at questions answered twice', () => {
    const before = [...answers('0000'), ...answers('1111', 1, 'v'), ...answers('11', 1, 'av', 'sight')];
    const after = [...answers('110'), ...answers('0000', 1, 'v'), ...answers('00', 1, 'av', 'sight')];
    expect(gain(before, after, { kind: 'both' })).toMatchObject({ count: 3, mean: 2 / 3 });
    expect(gain(before, after, { view: 'v' }).mean).toBe(-1);
    expect(gain(before, after).count).toBe(5);
  });
});
