// The published layout of pairs, prefixes and rewards of steps: written out by hand, and what is written is read again.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PairRecord, Sample } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-published-'));
  writeFileSync(join(folder, 'clip.mp4'), '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const human = { from: 'human', value: '<image>\nWhich?\nA. red\nB. blue' };
const row = (more: object, ...turns: object[]) => ({
  ...{ id: 'a', video: 'clip.mp4', conversations: [human, ...turns], ref_answer: 'B' },
  ...more,
});
const [chosen, rejected] = ['one<end_of_step>\ntwo<end_of_step>', 'one<end_of_step>\nother<end_of_step>'];
const sides = [
  { from: 'gpt', value: chosen },
  { from: 'reject_gpt', value: rejected },
];

function read(rows: object[], labelling = {}) {
  const file = join(folder, 'published.json');
  writeFileSync(file, JSON.stringify(rows));
  return processDpo.readPublished(file, labelling);
}

test('unfinished rows compare the steps where their sides part, with soft labels by their scores', () => {
  const scores = { unfinished: true, pos_score: 5 / 6, neg_score: 2 / 6 };
  const { samples, pairs } = read([row(scores, ...sides), row({}, ...sides)]);
  const video = join(folder, 'clip.mp4');
  expect(samples).toEqual([
    { id: 'a', video, audio: null, question: 'Which?', options: ['red', 'blue'], answer: 'blue' },
  ]);
  expect(pairs).toEqual([
    {
      ...{ sampleId: 'a', prefix: ['one<end_of_step>'], kind: 'step', pChosen: 5 / 6, pRejected: 2 / 6 },
      ...{ chosen: '\ntwo<end_of_step>', rejected: '\nother<end_of_step>' },
      // sigma(0.5 / 0.25) = sigma(2)
      alpha: expect.closeTo(0.880797, 6),
    },
    { sampleId: 'a', prefix: [], chosen, rejected, pChosen: 1, pRejected: 0, alpha: 1, kind: 'path' },
  ]);
  expect(read([row(scores, ...sides)], { labels: 'hard' }).pairs[0].alpha).toBe(1);
});

test('of two sides one of which goes on from the other the last step is compared whole', () => {
  const longer = { from: 'reject_gpt', value: `${chosen}\nmore` };
  const [pair] = read([row({ unfinished: true }, sides[0], longer)]).pairs;
  expect(pair).toMatchObject({
    prefix: ['one<end_of_step>'],
    ...{ chosen: '\ntwo<end_of_step>', rejected: '\ntwo<end_of_step>\nmore' },
  });
});

test('prefix_steps are beginnings whose last step is to be rolled out; process_rewards are outcomes', () => {
  const { paths, steps } = read([
    row({ prefix_steps: [['one<end_of_step>'], ['one<end_of_step>', '\ntwo<end_of_step>']] }),
    row({
      process_rewards: [
        ['one<end_of_step>', 0.75],
        ['\ntwo<end_of_step>', null],
        ['\nthree', 0],
      ],
    }),
  ]);
  expect(paths.map(({ seed, path, selected }) => [seed, path.length, selected])).toEqual([
    [0, 1, [0]],
    [1, 2, [1]],
  ]);
  expect(steps.map(({ stepIndex, step, correct }) => [stepIndex, step, correct])).toEqual([
    [0, 'one<end_of_step>', [true, true, true, false]],
    [2, '\nthree', [false]],
  ]);
});

test.each([
  ['prefix_steps', { prefix_steps: [['one<end_of_step>'], ['one', '\ntwo<end_of_step>']] }],
  [
    'process_rewards',
    {
      process_rewards: [
        ['one', 0.5],
        ['\ntwo<end_of_step>', 1],
      ],
    },
  ],
])('%s with an open step before the last are refused: no stage reads such records', (field, fields) => {
  expect(() => read([row(fields)])).toThrow(
    new RegExp(`"${field}.*expected steps that end with <end_of_step>, but the last`),
  );
});

test('what is written is read again, media by their paths from the file', () => {
  const sample: Sample = {
    ...{ id: 'a', video: join(folder, 'clip.mp4'), audio: null, question: 'Which?' },
    ...{ options: ['red', 'blue'], answer: 'blue' },
  };
  const pairs: PairRecord[] = [
    { sampleId: 'a', prefix: [], chosen, rejected, pChosen: 1, pRejected: 0, alpha: 1, kind: 'path' },
    {
      ...{ sampleId: 'a', prefix: ['one<end_of_step>'], chosen: '\ntwo', rejected: '\nother<end_of_step>' },
      ...{ pChosen: 0.5, pRejected: 0, alpha: 1, kind: 'step' },
    },
  ];
  const step = { sampleId: 'a', stepIndex: 0, prefix: [], step: 'one<end_of_step>', alternative: 'no' };
  const steps = [
    { ...step, correct: [true, false], alternativeCorrect: [false] },
    {
      ...{ ...step, stepIndex: 1, prefix: ['one<end_of_step>'], step: '\ntwo' },
      ...{ correct: [true], alternativeCorrect: [] },
    },
  ];
  const path = {
    sampleId: 'a',
    seed: 3,
    path: ['one<end_of_step>', '\ntwo'],
    answer: '',
    correct: false,
    tokens: 4,
  };
  const file = join(folder, 'written.json');
  processDpo.writePublished(file, {
    samples: [sample],
    pairs,
    steps,
    paths: [
      { ...path, selected: [1, 0] },
      // Nothing of a right path is rolled out.
      { ...path, seed: 4, correct: true, selected: [0] },
    ],
  });
  const rows = JSON.parse(readFileSync(file, 'utf8'));
  expect(rows.map((written: object) => Object.keys(written).slice(4))).toEqual([
    ['pos_score', 'neg_score'],
    ['unfinished', 'pos_score', 'neg_score'],
    ['prefix_steps'],
    ['process_rewards'],
  ]);
  expect(rows[1]).toMatchObject({
    ...{ video: 'clip.mp4', ref_answer: 'blue', unfinished: true, pos_score: 0.5, neg_score: 0 },
    conversations: [
      human,
      { from: 'gpt', value: 'one<end_of_step>\ntwo' },
      { from: 'reject_gpt', value: 'one<end_of_step>\nother<end_of_step>' },
      { from: 'gt', value: 'blue' },
    ],
  });
  expect(rows[2].prefix_steps).toEqual([['one<end_of_step>', '\ntwo'], ['one<end_of_step>']]);
  expect(rows[3].process_rewards).toEqual([
    ['one<end_of_step>', 0.5],
    ['\ntwo', 1],
  ]);
  const again = processDpo.readPublished(file, { labels: 'hard' });
  expect(again.samples).toEqual([sample]);
  expect(again.pairs).toEqual(pairs);
  expect(again.steps.map(({ correct }) => correct)).toEqual([[true, false], [true]]);
});

test.each<[string, object, RegExp]>([
  [
    'a score above 1',
    row({ pos_score: 2 }, ...sides),
    /:1: "pos_score": got 2, expected a number from 0 to 1/,
  ],
  [
    'no preferred side',
    row({}, sides[1]),
    /:1: "conversations\[1\]": got no gpt turn beside the reject_gpt turn/,
  ],
  [
    'equal sides',
    row({}, sides[0], { ...sides[0], from: 'reject_gpt' }),
    /got the same text as in the gpt turn/,
  ],
  [
    'a step that is no text',
    row({ prefix_steps: [[3]] }),
    /:1: "prefix_steps\[0\]\[0\]": got 3, expected a text/,
  ],
  ['an answer that is no option', row({ ref_answer: 'C' }, ...sides), /:1: "answer"/],
])('%s is refused by row and field', (_, wrong, message) => {
  expect(() => read([wrong])).toThrow(message);
});

test('one id with two questions, and a record without its sample, are refused', () => {
  const other = row({ conversations: [{ ...human, value: '<image>\nWho?\nA. red\nB. blue' }, ...sides] });
  expect(() => read([row({}, ...sides), other])).toThrow(/:2: "id": got "a" again with another question/);
  const steps = [
    {
      sampleId: 'z',
      stepIndex: 0,
      prefix: [],
      step: 's',
      alternative: 't',
      correct: [true],
      alternativeCorrect: [],
    },
  ];
  expect(() => processDpo.writePublished(join(folder, 'x.json'), { steps })).toThrow("the sample 'z'");
});
