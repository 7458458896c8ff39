// Our attention against PyTorch's: the shapes of attention/rows.cjs.

import * as report from './attention/report.cjs';
import * as rows from './attention/rows.cjs';
import { helpOf, options, pythonBenchmark } from './python-benchmark.mjs';

export { options };
export const help = helpOf(
  "Attention, forward and backward, against PyTorch's: time, useful rate, errors to float64.",
  rows.rows,
  'About 5 minutes on 2 cores with fast bfloat16, up to 10 without; --quick about 3.',
);
export const run = pythonBenchmark('attention', rows, report);
