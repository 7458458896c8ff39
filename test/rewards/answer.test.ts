import { answerReward, isCorrect, parseOption, targetCompletion } from '../../lib/rewards/index.js';
import { answering, batchOf, question } from './batch.js';

const options = ['a red square', 'a blue circle', 'a green triangle'];

describe('reading an option', () => {
  test.each([
    ['B', 1],
    [' B ', 1],
    ['(B)', 1],
    ['B.', 1],
    ['B) a blue circle', 1],
    ['C: it was green', 2],
    ['a blue circle', 1],
    ['A  Blue\nCircle.', 1],
    ['A red square', 0],
    ['A blue circle', 1],
  ])('%j is option %i', (text, index) => {
    expect(parseOption(text, options)).toBe(index);
  });

  test.each(['', 'D', 'b', 'AB', 'A red thing', 'the answer is B', '2'])('%j is no option', (text) => {
    expect(parseOption(text, options)).toBeNull();
  });
});

describe('options that differ in case, width, a superscript or a closing mark alone', () => {
  const pairs: [first: string, second: string, both: string][] = [
    ['5 mW', '5 MW', '5 mw'],
    ['10 m', '１０ m', '10  m'],
    ['5 m²', '5 m2', '5 M2'],
    ['Stop', 'Stop!', 'stop.'],
    ['No.', 'No', 'no!'],
  ];

  test.each(pairs)('%j and %j: exact texts and letters name one, %j none', (first, second, both) => {
    const two = [first, second];
    expect(two.map((text) => parseOption(text, two))).toEqual([0, 1]);
    expect(['A', 'B', '(A)', 'B.'].map((text) => parseOption(text, two))).toEqual([0, 1, 0, 1]);
    expect(parseOption(both, two)).toBeNull();
    // With one of them alone the same text is plain.
    expect(parseOption(both, [first, 'other'])).toBe(0);
    expect(parseOption(both, ['other', second])).toBe(1);
  });

  test('space around an option is no part of its exact text', () => {
    const padded = [' mW', 'MW '];
    expect(['mW', 'MW', 'A', 'B'].map((text) => parseOption(text, padded))).toEqual([0, 1, 0, 1]);
    const sample = question({ options: padded, answer: ' mW' });
    expect([isCorrect(answering('mW'), sample), isCorrect(answering('MW'), sample)]).toEqual([true, false]);
    // The text of one option and the letter of another.
    expect(parseOption('B', [' B', 'C'])).toBeNull();
  });

  test.each(pairs)(
    '%j and %j: the right one counts, the wrong one does not, and targets are right',
    (...two) => {
      const options = two.slice(0, 2);
      for (const [right, wrong, letter] of [
        [options[0], options[1], 'A'],
        [options[1], options[0], 'B'],
      ]) {
        const sample = question({ options, answer: right });
        expect(isCorrect(answering(right), sample)).toBe(true);
        expect(isCorrect(answering(wrong), sample)).toBe(false);
        expect(isCorrect(answering(letter), sample)).toBe(true);
        expect(targetCompletion(sample, 'letter')).toContain(`<answer>${letter}</answer>`);
        expect(targetCompletion(sample, 'text')).toContain(`<answer>${right}</answer>`);
      }
    },
  );

  test("a number's power is not its digits", () => {
    const open = question({ options: undefined, answer: '10²' });
    expect(isCorrect(answering('10^2'), open)).toBe(true);
    expect(isCorrect(answering('102'), open)).toBe(false);
    expect(parseOption('10^2.', ['10²', '102'])).toBe(0);
  });
});

describe('options whose texts are letters', () => {
  const letters = ['B', 'C', 'a'];

  test('a letter that is another option is none; marks around it make it a letter', () => {
    expect(['A', 'B', 'C', 'a'].map((text) => parseOption(text, letters))).toEqual([0, null, null, 2]);
    expect(['(A)', 'B.', 'C:', 'C. a'].map((text) => parseOption(text, letters))).toEqual([0, 1, 2, 2]);
    expect(['A', 'B'].map((text) => parseOption(text, ['A', 'B']))).toEqual([0, 1]);
  });

  test.each(['letter', 'text'] as const)(
    'what SFT teaches as %s is read back as the right option',
    (style) => {
      for (const answer of letters) {
        const sample = question({ options: letters, answer });
        expect(isCorrect(targetCompletion(sample, style), sample)).toBe(true);
      }
    },
  );

  test("names that begin like an option's letter are texts", () => {
    const names = ['B. Franklin', 'A. Lincoln'];
    expect(['A. Lincoln', 'a. lincoln.', 'A.'].map((text) => parseOption(text, names))).toEqual([1, 1, 0]);
  });
});

describe('answer reward', () => {
  test('a letter and the option text count alike, a missing answer is wrong', () => {
    const texts = [answering('B'), answering('a blue circle'), answering('A'), 'B', answering('')];
    expect(answerReward()(batchOf(texts))).toEqual([1, 1, 0, 0, 0]);
  });

  test('the reference answer may be given as text or as letter', () => {
    expect(isCorrect(answering('B'), question({ answer: 'a blue circle' }))).toBe(true);
    expect(isCorrect(answering('C'), question({ answer: 'a blue circle' }))).toBe(false);
  });

  test('open answers compare as normalised text', () => {
    const open = question({ options: undefined, answer: 'Twelve  beats' });
    expect(isCorrect(answering('twelve beats.'), open)).toBe(true);
    expect(isCorrect(answering('about twelve beats'), open)).toBe(false);
  });

  test('does not apply to a sample without a reference answer', () => {
    const samples = [question({ answer: undefined }), question()];
    expect(answerReward()(batchOf([answering('B'), answering('B')], { samples }))).toEqual([null, 1]);
  });

  test('a reference answer that names no option is an error with the sample id', () => {
    expect(() => isCorrect(answering('B'), question({ answer: 'a purple star' }))).toThrow(
      /sample clip-1\/q-1: answer "a purple star" names none of its options/,
    );
  });
});
