/**
 * Completions and samples can be anything of any length. What reads them takes time by their length, not by its square:
 * sixteen times the text may take 64 times the processor time, where a linear reader takes 16 times and a quadratic one
 * 256 times. The least of several tries counts, so a busy machine changes nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSamples, type Sample, validateSample } from '../../lib/data/index.js';
import { type Answered, accuracyTable, formatAccuracy } from '../../lib/eval/index.js';
import { pickClips } from '../../lib/report/index.js';
import {
  answerText,
  isCorrect,
  isStrictlyFormed,
  isWellFormed,
  normaliseAnswer,
  thinking,
  timedCaptions,
} from '../../lib/rewards/index.js';
import { readNumber } from '../../lib/rewards/number.js';
import { buildTokenizer } from '../../lib/text/index.js';

const scale = 16;
const tries = 5;

function leastTime(run: () => unknown): number {
  const times = Array.from({ length: tries }, () => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return user + system;
  });
  return Math.min(...times);
}

/** Times for one length and for `scale` times it; what the reader throws is as good as an answer. */
function growth<T>(make: (length: number) => T, read: (input: T) => unknown, length: number): number {
  const time = (n: number) => {
    const input = make(n);
    return leastTime(() => {
      try {
        read(input);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
      }
    });
  };
  time(length);
  return time(length * scale) / Math.max(time(length), 100);
}

const limit = scale ** 1.5;
const repeated =
  (piece: string, before = '', after = '') =>
  (n: number) =>
    before + piece.repeat(n / piece.length) + after;

/** Texts of a length that bring patterns and searches to begin anew again and again. */
const texts: [string, (n: number) => string][] = [
  ['white space', repeated(' ', 'a', 'b')],
  ['white space of all kinds', repeated(' \n\t\u00a0', 'a', 'b')],
  ['line breaks', repeated('\n', '', 'b')],
  ['full stops', repeated('.!', '', 'b')],
  ['combining marks', repeated('\u0315\u0300', 'a')],
  ['opening answers', repeated('<answer>')],
  ['opening thoughts', repeated('<thinking>')],
  ['closing thoughts', repeated('</thinking> ', '<thinking>')],
  ['answers after thoughts', repeated('</thinking><answer>', '<thinking>')],
  ['captions without an end', repeated('<time>1-2</time><caption>')],
  ['times without an end', repeated('<time>')],
  ['a time and white space', repeated(' ', '<time>', '<time>')],
  ['digits', repeated('1', '<time>', '<time>')],
  ['dots between digits', repeated('1.', '<time>', '<time>')],
  ['angle brackets', repeated('<')],
  ['letters of options', repeated(' A. ')],
  ['options a line', repeated('A. b\n', 'q\n')],
  ['an option of white space up to a line separator', repeated(' ', 'q\nA. ', `${'x'.repeat(5000)}\u2028`)],
  ['almost "Choose from:"', repeated(' choose from', '', '')],
  ['media tags', repeated('<video>')],
  ['digits and commas', repeated('1,234.5')],
  ['digits', repeated('7')],
];

describe.each(texts)('%s', (_, make) => {
  test.each<[string, (text: string) => unknown]>([
    ['timedCaptions', timedCaptions],
    ['thinking', thinking],
    ['answerText', answerText],
    ['isWellFormed', isWellFormed],
    ['isStrictlyFormed', isStrictlyFormed],
    ['readNumber', readNumber],
    ['normaliseAnswer', normaliseAnswer],
    ['isCorrect', (text) => isCorrect(`<answer>${text}</answer>`, { id: 's', question: 'q', answer: text })],
    [
      'isCorrect among options',
      (text) =>
        isCorrect(`<answer>${text}</answer>`, { id: 's', question: 'q', answer: 'A', options: [text, 'b'] }),
    ],
    [
      'a message',
      (content) =>
        row({ messages: [{ role: 'user', content: `<video>${content}` }], solution: 'x', videos: ['v.mp4'] }),
    ],
    [
      'a reply',
      (content) =>
        row({
          messages: [
            { role: 'user', content: '<video>q' },
            { role: 'assistant', content },
          ],
          videos: ['v.mp4'],
        }),
    ],
    [
      'a conversation',
      (value) =>
        row({
          video: 'v.mp4',
          conversations: [
            { from: 'human', value },
            { from: 'gpt', value: `${value}<end_of_step>` },
          ],
        }),
    ],
    [
      'an answer that is no option',
      (answer) => row({ ...flat, options: [`${answer}1`, 'b'], answer: `2${answer}` }),
    ],
    ['the name of a field', (name) => row({ ...flat, [`question${name}`]: 1 })],
    ['a role', (role) => row({ messages: [{ role, content: 'q' }] })],
  ])('%s', (_name, read) => {
    expect(growth(make, read, 8000)).toBeLessThan(limit);
  });
});

const flat = { id: 's', video: 'v.mp4', question: 'q' };
const row = (value: Record<string, unknown>) => validateSample(value, { file: __filename, line: 1 });

describe('long files and tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earsight-linear-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'v.mp4'), '');
  const file = (write: (n: number) => string) => (n: number) => {
    const path = join(folder, `${n}.jsonl`);
    writeFileSync(path, write(n));
    return path;
  };

  test.each<[string, (n: number) => string]>([
    [
      'samples',
      (n) => Array.from({ length: n / 100 }, (_, i) => JSON.stringify({ ...flat, id: `${i}` })).join('\n'),
    ],
    ['empty lines', (n) => `${JSON.stringify(flat)}${'\n'.repeat(n)}`],
    ['brackets', (n) => '['.repeat(n)],
    ['an array of arrays', (n) => `{"id":${'['.repeat(n)}${']'.repeat(n)}}`],
    [
      'unknown fields',
      (n) => JSON.stringify(Object.fromEntries(Array.from({ length: n / 10 }, (_, i) => [`f${i}`, 1]))),
    ],
  ])('a file of %s', (_, write) => {
    expect(growth(file(write), readSamples, 8000)).toBeLessThan(limit);
  });

  const answers = (n: number): Answered[] =>
    Array.from({ length: n }, (_, i) => {
      const sample: Sample = { id: `${i}`, question: 'q', kind: `kind ${i}` };
      return { sample, view: 'av', completion: '', correct: i % 2 === 0, wellFormed: true };
    });
  test('a table of as many kinds as samples', () => {
    const read = (answered: Answered[]) => {
      pickClips([{ name: 'a', answered }]);
      return formatAccuracy([{ stage: 's', accuracy: accuracyTable(answered) }]);
    };
    expect(growth(answers, read, 500)).toBeLessThan(limit);
  });
});

describe.each(texts.slice(0, 12))('tokens of %s', (_, make) => {
  const tokenizer = buildTokenizer(['a word <b> 1.5'], {
    control: ['<|end|>'],
    tags: ['<answer>', '<thinking>'],
  });
  test('encoding, decoding, and building from it', () => {
    const read = (text: string) => {
      buildTokenizer([text], { control: ['<|end|>'] });
      return tokenizer.decode(tokenizer.encode(text));
    };
    expect(growth(make, read, 1000)).toBeLessThan(limit);
  });
});
