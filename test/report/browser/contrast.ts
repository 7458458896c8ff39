/** A small run of process DPO: three paths of one sample, of another one path, and what came of them. */
import type { PairRecord, PathRecord, StepRecord } from '../../../lib/data/index.js';

const mark = (text: string) => `${text}<end_of_step>`;
const first = mark('A red square moves left.');
const heard = mark('\nA low tone is heard.');
const better = mark('\nA high tone is heard.');
const last = '\n<answer>A</answer>';

export const paths: PathRecord[] = [
  {
    ...{ sampleId: 'tone', seed: 7, path: [first, better, '\n<answer>B</answer>'], answer: 'B' },
    ...{ correct: true, tokens: 31, divergence: [0.1, 0.2, 0.05], selected: [1] },
  },
  {
    ...{ sampleId: 'tone', seed: 8, path: [first, heard, last], answer: 'A' },
    ...{ correct: false, tokens: 33, divergence: [0.15, 0.6, 0.3], selected: [1, 2] },
  },
  {
    ...{ sampleId: 'tone', seed: 9, path: [mark('Nothing moves.'), '\nSo it is A.'], answer: '' },
    ...{ correct: false, tokens: 12, divergence: [0.4, 0], selected: [0] },
  },
  {
    ...{ sampleId: 'clip', seed: 7, path: [mark('A clip.'), '\n<answer>b</answer>'], answer: 'b' },
    ...{ correct: true, tokens: 9 },
  },
];

export const steps: StepRecord[] = [
  {
    ...{ sampleId: 'tone', prefix: [first], stepIndex: 1, step: heard, alternative: better, seed: 8 },
    correct: [false, false, true, false, false, false],
    alternativeCorrect: [true, true, true, true, false, true],
    continuations: ['0', '1', '2', '3', '4', '5'].map((i) => `\nown ${i}`),
    alternativeContinuations: ['0', '1', '2', '3', '4', '5'].map((i) => `\nother ${i}`),
    tokens: 200,
  },
  {
    ...{ sampleId: 'tone', prefix: [first, heard], stepIndex: 2, step: last, alternative: last, seed: 8 },
    ...{ correct: [], alternativeCorrect: [] },
  },
  {
    ...{ sampleId: 'tone', prefix: [], stepIndex: 0, step: mark('Nothing moves.'), seed: 9 },
    ...{ alternative: first, correct: [true, false], alternativeCorrect: [true, false] },
  },
];

export const pairs: PairRecord[] = [
  {
    ...{ sampleId: 'tone', prefix: [], kind: 'path' as const, pChosen: 1, pRejected: 0, alpha: 1 },
    ...{ chosen: paths[0].path.join(''), rejected: paths[1].path.join('') },
  },
  {
    ...{ sampleId: 'tone', prefix: [first], kind: 'step' as const, chosen: better, rejected: heard },
    // sigma((5/6 - 1/6) / 0.25)
    ...{ pChosen: 5 / 6, pRejected: 1 / 6, alpha: 0.9350304 },
  },
];
