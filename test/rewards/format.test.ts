import { format, isWellFormed, thinking, timedCaptions } from '../../lib/rewards/index.js';
import { batchOf } from './batch.js';

const pair = '<time>0.0-1.5</time><caption>a red square appears</caption>';
const ending = '<thinking>let me think</thinking><answer>B</answer>';

describe('format reward (r_format of OmniVideo-R1)', () => {
  test.each([
    ['one pair, thinking, answer', pair + ending],
    ['several pairs', pair + pair + pair + ending],
    ['white space between the blocks', `${pair}\n\n<thinking>a\nb</thinking> \n <answer>B</answer>\n`],
    ['a caption over several lines', `<time>0-1</time><caption>a\nb</caption>${ending}`],
    ['times out of order: not judged', `<time>3.0-1.0</time><caption>x</caption>${ending}`],
    ['overlapping segments: not judged', `${pair + pair}${ending}`],
    ['an empty caption: not judged', `<time>0.0-1.0</time><caption></caption>${ending}`],
    ['other text around: not judged', `well, ${pair} so ${ending} done`],
  ])('1 for %s', (_, text) => {
    expect(isWellFormed(text)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['no pair', ending],
    ['no thinking', `${pair}<answer>B</answer>`],
    ['no answer', `${pair}<thinking>x</thinking>`],
    ['an unclosed answer', `${pair}<thinking>x</thinking><answer>B`],
    ['text between thinking and answer', `${pair}<thinking>x</thinking> so <answer>B</answer>`],
    ['the answer before the thinking', `${pair}<answer>B</answer><thinking>x</thinking>`],
    ['a time tag without caption', `<time>0.0-1.0</time>${pair}${ending}`],
    ['a caption tag without time', `<caption>x</caption>${pair}${ending}`],
    ['a time that is no range', `<time>now</time><caption>x</caption>${ending}`],
    ['one bad pair beside a good one', `${pair}<time>1.0</time><caption>x</caption>${ending}`],
  ])('0 for %s', (_, text) => {
    expect(isWellFormed(text)).toBe(false);
  });

  test('scores a batch in order', () => {
    expect(format(batchOf([pair + ending, ending, pair + ending]))).toEqual([1, 0, 1]);
  });
});

test('timed captions and thinking are read as written', () => {
  const text = `${pair}\n<time> 1.5 - 4 </time> <caption> a chirp </caption><thinking> so B </thinking>`;
  expect(timedCaptions(text)).toEqual([
    { start: 0, end: 1.5, caption: 'a red square appears' },
    { start: 1.5, end: 4, caption: 'a chirp' },
  ]);
  expect(thinking(text)).toBe('so B');
  expect(thinking(pair)).toBeNull();
});
