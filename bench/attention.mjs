// Our attention against PyTorch's: the shapes of attention/rows.cjs.

import * as report from './attention/report.cjs';
import * as rows from './attention/rows.cjs';
import { options, pythonBenchmark } from './python-benchmark.mjs';

export { options };
export const run = pythonBenchmark('attention', rows, report);
