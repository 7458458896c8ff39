// A preference step beside TRL's DPOTrainer: the same weights, pairs, lengths and settings on both sides, a process each, which
// take steps in turns. Then both sides take the same updates and are compared.

import { measureRow } from './preference/measure.mjs';
import report from './preference/report.cjs';
import { rows } from './preference/rows.cjs';
import { helpOf, trlBenchmark } from './trl-benchmark.mjs';

export { options } from './trl-benchmark.mjs';

export const help = helpOf(
  "A preference step of text models beside TRL's DPOTrainer, and a check that both compute the same.",
  rows,
  'About 8 minutes on 2 quiet cores; 6 GB of memory.',
);

export const run = trlBenchmark({ name: 'preference', file: 'preference-step', rows, measureRow, report });
