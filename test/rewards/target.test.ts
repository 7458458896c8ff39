import {
  isCorrect,
  isWellFormed,
  targetCaptions,
  targetCompletion,
  thinking,
  timedCaptions,
} from '../../lib/rewards/index.js';
import { question } from './batch.js';

const withRationale = question({
  answer: 'a blue circle',
  spans: [
    [0.5, 1],
    [2, 3.5],
  ],
  steps: ['The chirp sounds.', 'The blue circle is seen.', 'So it is the blue circle.'],
});

test('a target completion is in the layout that the rewards ask for', () => {
  const text = targetCompletion(withRationale);
  expect(text).toBe(
    '<time>0.5-1.0</time><caption>The chirp sounds.</caption>' +
      '<time>2.0-3.5</time><caption>The blue circle is seen.</caption>' +
      '<thinking>So it is the blue circle.</thinking><answer>B</answer>',
  );
  expect(isWellFormed(text)).toBe(true);
  expect(isCorrect(text, withRationale)).toBe(true);
  expect(timedCaptions(text).map(({ start, end }) => [start, end])).toEqual(withRationale.spans);
  expect(thinking(text)).toBe('So it is the blue circle.');
});

test('an option can be named by its text; captions stand alone for caption SFT', () => {
  const text = targetCompletion(withRationale, 'text');
  expect(text.endsWith('<answer>a blue circle</answer>')).toBe(true);
  expect(isCorrect(text, withRationale)).toBe(true);
  expect(targetCaptions({ ...withRationale, answer: undefined, spans: [[0.5, 1]] })).toBe(
    '<time>0.5-1.0</time><caption>The chirp sounds.</caption>',
  );
});

test('steps that are all captions are the thinking too; an open answer is written out', () => {
  const text = targetCompletion({
    ...withRationale,
    steps: ['One.', 'Two.'],
    options: undefined,
    answer: 'twelve',
  });
  expect(thinking(text)).toBe('One. Two.');
  expect(text.endsWith('<answer>twelve</answer>')).toBe(true);
});

test('without steps the answer alone is the target, whatever spans say', () => {
  const answerOnly = { ...withRationale, steps: undefined };
  expect(targetCompletion(answerOnly)).toBe('<answer>B</answer>');
  expect(targetCompletion({ ...answerOnly, spans: undefined }, 'text')).toBe(
    '<answer>a blue circle</answer>',
  );
  expect(targetCompletion({ ...answerOnly, options: undefined, answer: 'twelve' })).toBe(
    '<answer>twelve</answer>',
  );
  expect(isCorrect(targetCompletion(answerOnly), answerOnly)).toBe(true);
});

test('a sample that cannot be taught is an error with its id', () => {
  expect(() => targetCompletion({ ...withRationale, answer: undefined })).toThrow(
    'sample clip-1/q-1: no "answer"',
  );
  expect(() => targetCompletion({ ...withRationale, steps: ['One.'] })).toThrow(
    'sample clip-1/q-1: 2 spans but 1 steps',
  );
});
