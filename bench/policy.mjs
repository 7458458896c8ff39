// Log-probabilities and losses against eager PyTorch and the chunked losses of other libraries: policy/rows.cjs.

import * as report from './policy/report.cjs';
import * as rows from './policy/rows.cjs';
import { helpOf, options, pythonBenchmark } from './python-benchmark.mjs';

export { options };
export const help = helpOf(
  'Log-probabilities, policy losses and advantages against eager PyTorch and the chunked losses of other libraries.',
  rows.rows,
  'About 5 minutes on 2 cores with fast bfloat16, up to 10 without; --quick about 3.',
);
export const run = pythonBenchmark('policy', rows, report);
