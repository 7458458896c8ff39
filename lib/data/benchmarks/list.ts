/** The benchmarks whose files are read. To add one: its file, and a line here. */
import type { BenchmarkLayout } from './benchmark.js';
import { dailyOmni } from './daily-omni.js';
import { nextQa } from './next-qa.js';
import { omniVideoBench } from './omnivideobench.js';
import { rivaBench } from './rivabench.js';
import { videoMme } from './video-mme.js';
import { worldSense } from './worldsense.js';

export const benchmarkLayouts: readonly BenchmarkLayout[] = [
  rivaBench,
  dailyOmni,
  worldSense,
  omniVideoBench,
  videoMme,
  nextQa,
];
