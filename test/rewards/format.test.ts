import { formatReward, isWellFormed, thinking, timedCaptions } from '../../lib/rewards/index.js';
import { batchOf } from './batch.js';

const pair = '<time>0.0-1.5</time><caption>a red square appears</caption>';
const ending = '<thinking>let me think</thinking><answer>B</answer>';

describe('published format reward (r_format of OmniVideo-R1)', () => {
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
    const reward = formatReward({ mode: 'published' });
    expect(reward.name).toBe('format');
    expect(reward(batchOf([pair + ending, ending, pair + ending]))).toEqual([1, 0, 1]);
  });
});

describe('strict format reward, the default', () => {
  const reward = formatReward();
  const timed = (times: string, caption = 'x') => `<time>${times}</time><caption>${caption}</caption>`;

  test.each([
    ['one pair, thinking, answer', pair + ending],
    ['pairs that follow one another', timed('0.0-1.5') + timed('2.0-2.1') + timed('10.0-11.5') + ending],
    ['a pair that starts where the one before it ends', timed('0.0-1.5') + timed('1.5-4.0') + ending],
    ['white space around the blocks', `\n ${timed('0.5-1.5')}\n${timed('2.0-3.0')}\n\n${ending}\n`],
    ['white space between times and caption', `<time>0.0-1.0</time>\n<caption>x</caption>${ending}`],
    ['parts over several lines', `${timed('0.0-1.5', 'a\nb')}<thinking>a\nb</thinking> <answer>B\n</answer>`],
    ['marks that are no tags of the layout', `${timed('0.0-1.5', 'a < b <i>')}${ending}`],
  ])('1 for %s', (_, text) => {
    expect(reward(batchOf([text]))).toEqual([1]);
  });

  test.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['no pair', ending],
    ['no thinking', `${pair}<answer>B</answer>`],
    ['no answer', `${pair}<thinking>x</thinking>`],
    ['an unclosed answer', `${pair}<thinking>x</thinking><answer>B`],
    ['the answer before the thinking', `${pair}<answer>B</answer><thinking>x</thinking>`],
    ['text before', `well, ${pair}${ending}`],
    ['text after', `${pair}${ending} done`],
    ['text between the pairs', `${pair} then ${timed('2.0-3.0')}${ending}`],
    ['text between thinking and answer', `${pair}<thinking>x</thinking> so <answer>B</answer>`],
    ['a second answer', `${pair}${ending}<answer>B</answer>`],
    ['a pair after the thinking', `${pair}<thinking>x</thinking>${timed('2.0-3.0')}<answer>B</answer>`],
    ['a caption without times', `<caption>x</caption>${pair}${ending}`],
    ['times without caption', `<time>0.0-1.0</time>${ending}`],
    ['two times for one caption', `<time>0.0-1.0</time>${pair}${ending}`],
    ['a tag inside a part', `${timed('0.0-1.5', '<answer>B</answer>')}${ending}`],
    ['no decimal', timed('0-1') + ending],
    ['two decimals', timed('0.00-1.50') + ending],
    ['one decimal on one side', timed('0.0-1') + ending],
    ['space in the times', timed('0.0 - 1.5') + ending],
    ['a negative time', timed('-1.0-1.5') + ending],
    ['start after end', timed('3.0-1.0') + ending],
    ['an empty span', timed('1.0-1.0') + ending],
    ['pairs out of order', timed('2.0-3.0') + timed('0.0-1.0') + ending],
    ['pairs that overlap', timed('0.0-1.5') + timed('1.4-2.0') + ending],
    ['an empty caption', timed('0.0-1.5', ' ') + ending],
    ['empty thinking', `${pair}<thinking> </thinking><answer>B</answer>`],
    ['an empty answer', `${pair}<thinking>x</thinking><answer></answer>`],
  ])('0 for %s', (_, text) => {
    expect(reward(batchOf([text]))).toEqual([0]);
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
