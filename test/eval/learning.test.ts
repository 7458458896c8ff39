// Learning is measured against guesses from the text; the fractions and intervals here are worked out by hand.
import type { Sample } from '../../lib/data/index.js';
import {
  type Answered,
  answerLearning,
  type CaptioningModel,
  captionLearning,
  isAtChance,
} from '../../lib/eval/index.js';

function answered(digits: string, sample: Partial<Sample>): Answered[] {
  return [...digits].map((digit, i) => ({
    sample: { id: String(i), video: `${i}.mp4`, question: '?', answer: 'x', ...sample },
    view: 'av',
    completion: '',
    correct: digit === '1',
    wellFormed: true,
  }));
}

describe('answers', () => {
  it('are compared with guessing one of the options', () => {
    // Four options: changes 3/4 and -1/4, mean 1/2; squares about it 6 (1/4)^2 + 2 (3/4)^2 = 1.5;
    // standard error sqrt(1.5 x 8/7) / 8.
    const learning = answerLearning(answered('11011101', { options: ['x', 'y', 'z', 'w'] }), []);
    expect(learning).toMatchObject({ accuracy: 0.75, chance: 0.25, count: 8, clips: 8 });
    expect(learning.mean).toBeCloseTo(0.5, 12);
    expect(learning.low).toBeCloseTo(0.5 - (1.96 * Math.sqrt(12 / 7)) / 8, 12);
  });

  it('are at chance when a quarter of them is right by four options', () => {
    const { low, high } = answerLearning(answered('10001000', { options: ['x', 'y', 'z', 'w'] }), []);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });

  it('to open questions are compared with the commonest training answer to the same question', () => {
    const train = ['y', 'x', 'x'].map((answer, i) => ({ id: `t${i}`, question: '?', answer }));
    const other = [{ id: 'o', question: 'other', answer: 'x' }];
    expect(answerLearning(answered('1111', {}), train).mean).toBe(0);
    expect(answerLearning(answered('1111', { question: 'other' }), train).mean).toBe(1);
    expect(answerLearning(answered('0000', { question: 'other' }), [...train, ...other]).mean).toBe(-1);
  });
});

describe('captions', () => {
  const captioned = (id: string, caption: string, video: string): Sample => ({
    id,
    video,
    question: 'Seen at 0.0?',
    steps: [caption],
    spans: [[0, 0.5]],
  });
  const text = (caption: string) => `<time>0.0-0.5</time><caption>${caption}</caption>`;
  const saying = (texts: string[]): CaptioningModel => ({
    encodeCompletion: (it) => [...it].map(() => 0),
    generateBatch: async () =>
      texts.map((it) => [{ text: it, ids: [], logprobs: [], finishReason: 'stop' as const }]),
  });

  it('count when text and time are right, beside the commonest caption of the training samples', async () => {
    const train = ['nothing', 'red dot', 'nothing'].map((it, i) => captioned(`t${i}`, it, `t${i}.mp4`));
    const held = ['nothing', 'red dot', 'blue bar', 'nothing'].map((it, i) =>
      captioned(`${i}`, it, `${i}.mp4`),
    );
    const model = saying([text('nothing'), text('red dot'), text('red dot'), 'nothing']);
    const learning = await captionLearning(model, held, train);
    // Right: the first two; the guess "nothing" is right for the first and the last.
    expect(learning).toMatchObject({ accuracy: 0.5, chance: 0.5, mean: 0, count: 4 });
  });
});

describe('chance', () => {
  const options = ['x', 'y', 'z', 'w'];
  const atChance = (digits: string, sample: Partial<Sample> = { options }) =>
    isAtChance(answerLearning(answered(digits, sample), []));

  it('is where the interval of the difference includes zero', () => {
    expect(atChance('10000'.repeat(6))).toBe(true); // 20 % of 30, 25 % by guessing
    expect(atChance('11110'.repeat(6))).toBe(false);
  });

  it('cannot be told from fewer than 20 clips, nor from answers that are never exactly right', () => {
    expect(atChance('0'.repeat(19))).toBeNull();
    expect(atChance('1'.repeat(30), { options, video: 'one.mp4' })).toBeNull();
    expect(atChance('0'.repeat(30), {})).toBeNull();
  });
});
