import { answer, isCorrect, parseOption } from '../../lib/rewards/index.js';
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

describe('answer reward', () => {
  test('a letter and the option text count alike, a missing answer is wrong', () => {
    const texts = [answering('B'), answering('a blue circle'), answering('A'), 'B', answering('')];
    expect(answer(batchOf(texts))).toEqual([1, 1, 0, 0, 0]);
  });

  test('the gold answer may be given as text or as letter', () => {
    expect(isCorrect(answering('B'), question({ answer: 'a blue circle' }))).toBe(true);
    expect(isCorrect(answering('C'), question({ answer: 'a blue circle' }))).toBe(false);
  });

  test('open answers compare as normalised text', () => {
    const open = question({ options: undefined, answer: 'Twelve  beats' });
    expect(isCorrect(answering('twelve beats.'), open)).toBe(true);
    expect(isCorrect(answering('about twelve beats'), open)).toBe(false);
  });

  test('does not apply to a sample without a gold answer', () => {
    const samples = [question({ answer: undefined }), question()];
    expect(answer(batchOf([answering('B'), answering('B')], { samples }))).toEqual([null, 1]);
  });

  test('a gold answer that names no option is an error with the sample id', () => {
    expect(() => isCorrect(answering('B'), question({ answer: 'a purple star' }))).toThrow(
      /sample clip-1\/q-1: answer "a purple star" names none of its options/,
    );
  });
});
