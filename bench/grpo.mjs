// A GRPO step beside TRL's GRPOTrainer: the same weights, prompts, lengths and settings on both sides, a process each, which take
// steps in turns. Then both sides take the same updates and are compared.

import { measureRow } from './grpo/measure.mjs';
import report from './grpo/report.cjs';
import { rows } from './grpo/rows.cjs';
import { helpOf, trlBenchmark } from './trl-benchmark.mjs';

export { options } from './trl-benchmark.mjs';

export const help = helpOf(
  "A GRPO step of text models beside TRL's GRPOTrainer, after a check that both compute the same.",
  rows,
  'About 8 minutes on 2 quiet cores, a minute for A alone; 3 GB of memory.',
);

export const run = trlBenchmark({ name: 'grpo', file: 'grpo-step', rows, measureRow, report });
