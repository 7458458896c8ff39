// What answers look like under each protocol, and what prompts say.

import {
  directly,
  followsProtocol,
  formatReward,
  instructed,
  isCorrect,
  type ProtocolName,
  protocolOf,
  targetCompletion,
  targetTurns,
  withReply,
} from '../../lib/rewards/index.js';
import { batchOf, question } from './batch.js';

const sample = question({
  answer: 'a blue circle',
  steps: ['The chirp sounds last.', 'A blue circle is there then.'],
  spans: [[0.5, 1]],
});
const reasoning = 'The chirp sounds last.<end_of_step>\nA blue circle is there then.<end_of_step>';

describe('targets', () => {
  test.each<[ProtocolName, { question?: string; text: string }[]]>([
    ['steps', [{ text: `${reasoning}\n<answer>B</answer>` }]],
    ['twoTurn', [{ text: reasoning }, { question: 'Give the final answer.', text: '<answer>B</answer>' }]],
    ['direct', [{ text: '<answer>B</answer>' }]],
    [
      'spans',
      [
        {
          text: '<time>0.5-1.0</time><caption>The chirp sounds last.</caption><thinking>A blue circle is there then.</thinking><answer>B</answer>',
        },
      ],
    ],
  ])('of %s', (name, turns) => {
    expect(targetTurns(sample, name)).toEqual(turns);
    const whole = targetCompletion(sample, 'letter', name);
    expect(followsProtocol(whole, name)).toBe(true);
    expect(isCorrect(whole, sample)).toBe(true);
  });

  test('the second question is the protocol’s, and options may be named by their texts', () => {
    const protocol = { name: 'twoTurn' as const, finalQuestion: 'So?' };
    expect(targetTurns(sample, protocol, 'text')[1]).toEqual({
      question: 'So?',
      text: '<answer>a blue circle</answer>',
    });
  });

  test.each<[string, ProtocolName, object, RegExp]>([
    [
      'no steps',
      'steps',
      { steps: undefined },
      /^sample clip-1\/q-1: no "steps", which protocol 'steps' teaches/,
    ],
    [
      'no steps in two turns',
      'twoTurn',
      { steps: [] },
      /no "steps", which protocol 'twoTurn' teaches; write/,
    ],
    ['no answer', 'direct', { answer: undefined }, /^sample clip-1\/q-1: no "answer"/],
    [
      'a mark in a step',
      'steps',
      { steps: ['a', 'b<end_of_step>'] },
      /steps\[1\].*got <end_of_step>; remove/,
    ],
    ['an answer in a step', 'steps', { steps: ['<answer>B</answer>'] }, /steps\[0\].*got <answer>; remove/],
    ['a step that says nothing', 'twoTurn', { steps: ['a', ' '] }, /steps\[1\].*got an empty text; remove/],
  ])('%s is refused', (_, name, fields, message) => {
    expect(() => targetTurns({ ...sample, ...fields }, name)).toThrow(message);
  });
});

describe('layouts', () => {
  const answer = '<answer>B</answer>';
  test.each<[string, ProtocolName, number]>([
    [`${reasoning}\n${answer}`, 'steps', 1],
    [`${reasoning}\n${answer}`, 'twoTurn', 1],
    [`${reasoning}${answer}\n`, 'steps', 1],
    [answer, 'steps', 0],
    [reasoning, 'steps', 0],
    [`a step<end_of_step>\nand more ${answer}`, 'steps', 0],
    [`<end_of_step>\n${answer}`, 'steps', 0],
    [`a<end_of_step>\n${answer}${answer}`, 'steps', 0],
    [`a${answer}<end_of_step>\n${answer}`, 'steps', 0],
    [` ${answer}\n`, 'direct', 1],
    ['<answer> </answer>', 'direct', 0],
    [`${reasoning}\n${answer}`, 'direct', 0],
  ])('%j under %s: %i', (text, protocol, score) => {
    expect(formatReward({ protocol })(batchOf([text]))).toEqual([score]);
  });

  test('a mode is of the layout spans alone', () => {
    expect(() => formatReward({ protocol: 'steps', mode: 'strict' })).toThrow(
      "formatReward: mode: expected none, since protocol 'steps' has one layout; leave it out",
    );
  });

  test('the answer of the second turn is the one that is scored, whatever the first says', () => {
    const text = withReply('I see it.<end_of_step>\n<answer>A</answer>', 'B');
    expect(isCorrect(text, sample)).toBe(true);
    expect(followsProtocol(text, 'twoTurn')).toBe(false);
  });
});

describe('an option', () => {
  test.each<[unknown, RegExp]>([
    ['thoughts', /^generate: protocol: expected 'spans', 'steps', 'twoTurn', 'direct', or \{ name,/],
    [{ name: 'steps', instruktion: 'x' }, /^generate: protocol: expected/],
    [{ name: 'steps', finalQuestion: 3 }, /^generate: protocol: expected/],
    [7, /^generate: protocol: expected/],
  ])('%j is refused', (option, message) => {
    expect(() => protocolOf(option as never, 'generate')).toThrow(message);
  });
});

describe('prompts', () => {
  test('an instruction of the protocol takes the place of the sample’s own', () => {
    const own = { ...sample, instruction: 'own' };
    expect(instructed(own, { name: 'steps' })).toBe(own);
    expect(instructed(own, { name: 'steps', instruction: 'Think.' }).instruction).toBe('Think.');
  });

  test('a direct answer is asked for by an instruction of its own', () => {
    expect(instructed(sample, { name: 'direct' }).instruction).toBe('Answer directly.');
    expect(instructed(sample, { name: 'direct', instruction: 'By letter.' }).instruction).toBe('By letter.');
    const both = { name: 'steps' as const, instruction: 'Think.', directInstruction: 'Be quick.' };
    expect(instructed(sample, directly(both)).instruction).toBe('Be quick.');
    expect(instructed(sample, { ...both, name: 'direct' }).instruction).toBe('Be quick.');
    // Without one of its own, it is not that of the reasoning.
    expect(directly({ name: 'steps', instruction: 'Think.' }).instruction).toBe('Answer directly.');
  });
});
