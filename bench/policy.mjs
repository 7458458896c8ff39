// Log-probabilities and losses against eager PyTorch and the chunked losses of other libraries: policy/rows.cjs.

import * as report from './policy/report.cjs';
import * as rows from './policy/rows.cjs';
import { options, pythonBenchmark } from './python-benchmark.mjs';

export { options };
export const run = pythonBenchmark('policy', rows, report);
