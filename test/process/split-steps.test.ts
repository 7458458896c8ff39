import { processDpo } from '../../lib/index.js';

test.each<[string, string[]]>([
  ['', []],
  ['no mark', ['no mark']],
  ['a<end_of_step>', ['a<end_of_step>']],
  [
    'a<end_of_step>\nb<end_of_step>\n<answer>c</answer>',
    ['a<end_of_step>', '\nb<end_of_step>', '\n<answer>c</answer>'],
  ],
  ['a<end_of_step>\n', ['a<end_of_step>', '\n']],
  ['<end_of_step><end_of_step>b', ['<end_of_step>', '<end_of_step>', 'b']],
  ['a<END_OF_STEP>b', ['a<END_OF_STEP>b']],
])('the steps of %j', (text, steps) => {
  expect(processDpo.splitSteps(text)).toEqual(steps);
  expect(processDpo.splitSteps(text).join('')).toBe(text);
});
