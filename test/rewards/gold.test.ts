import {
  goldCaptions,
  goldCompletion,
  isCorrect,
  isWellFormed,
  segments,
  thinking,
} from '../../lib/rewards/index.js';
import { question } from './batch.js';

const labelled = question({
  answer: 'a blue circle',
  spans: [
    [0.5, 1],
    [2, 3.5],
  ],
  steps: ['The chirp sounds.', 'The blue circle is seen.', 'So it is the blue circle.'],
});

test('a gold completion is in the layout that the rewards ask for', () => {
  const text = goldCompletion(labelled);
  expect(text).toBe(
    '<time>0.5-1.0</time><caption>The chirp sounds.</caption>' +
      '<time>2.0-3.5</time><caption>The blue circle is seen.</caption>' +
      '<thinking>So it is the blue circle.</thinking><answer>B</answer>',
  );
  expect(isWellFormed(text)).toBe(true);
  expect(isCorrect(text, labelled)).toBe(true);
  expect(segments(text).map(({ start, end }) => [start, end])).toEqual(labelled.spans);
  expect(thinking(text)).toBe('So it is the blue circle.');
});

test('an option can be named by its text; captions stand alone for alignment', () => {
  const text = goldCompletion(labelled, 'text');
  expect(text.endsWith('<answer>a blue circle</answer>')).toBe(true);
  expect(isCorrect(text, labelled)).toBe(true);
  expect(goldCaptions({ ...labelled, answer: undefined, spans: [[0.5, 1]] })).toBe(
    '<time>0.5-1.0</time><caption>The chirp sounds.</caption>',
  );
});

test('steps that are all captions are the thinking too; an open answer is written out', () => {
  const text = goldCompletion({ ...labelled, steps: ['One.', 'Two.'], options: undefined, answer: 'twelve' });
  expect(thinking(text)).toBe('One. Two.');
  expect(text.endsWith('<answer>twelve</answer>')).toBe(true);
});

test('without steps the answer alone is the target, whatever spans say', () => {
  const answerOnly = { ...labelled, steps: undefined };
  expect(goldCompletion(answerOnly)).toBe('<answer>B</answer>');
  expect(goldCompletion({ ...answerOnly, spans: undefined }, 'text')).toBe('<answer>a blue circle</answer>');
  expect(goldCompletion({ ...answerOnly, options: undefined, answer: 'twelve' })).toBe(
    '<answer>twelve</answer>',
  );
  expect(isCorrect(goldCompletion(answerOnly), answerOnly)).toBe(true);
});

test('a sample that cannot be taught is an error with its id', () => {
  expect(() => goldCompletion({ ...labelled, answer: undefined })).toThrow('sample clip-1/q-1: no "answer"');
  expect(() => goldCompletion({ ...labelled, steps: ['One.'] })).toThrow(
    'sample clip-1/q-1: 2 spans but 1 steps',
  );
});
