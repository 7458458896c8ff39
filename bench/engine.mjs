// What the sampling engine costs the program that it runs in: the event loop's delay beside it, the packing of weights after an
// update, and how far its log-probabilities are from the learner's in each dtype.

import { cpus } from 'node:os';
import earsight from '../dist/index.js';
import { delayRows } from './engine/delay.mjs';
import { dtypeRows } from './engine/dtypes.mjs';
import { count } from './python.mjs';
import results from './results-page.cjs';
import { showPage } from './show-page.mjs';

const { digits, table } = results;

export const options = { threads: { type: 'string', default: '2' } };

export const help = [
  "What sampling costs its program: the event loop's delay, packing after an update, and the distance from the learner.",
  '',
  '  --threads 2    of the engine and of the operators',
  '  --write        record the results in docs/results',
  '',
  'rows:',
  ...delayRows.map(({ title }) => `  ${title}`),
  ...dtypeRows.map(({ title }) => `  ${title}`),
  '',
  'About a minute on 2 cores; 2 GB of memory. Needs no Python.',
].join('\n');

const scientific = (value) => value.toExponential(1);
const numbers = (values) => values.map((value) => digits(value));

export async function run({ write, ...given }) {
  const threads = count('threads', given.threads ?? options.threads.default);
  earsight.torch.setNumThreads(threads);
  const delays = [];
  for (const { title, measure } of delayRows) {
    const { seconds, p50, p99, max } = await measure();
    delays.push([title, digits(seconds), ...numbers([p50, p99, max])]);
  }
  const dtypes = [];
  for (const { title, measure } of dtypeRows) {
    const { packing, packedBytes, apart, learner, sampler } = await measure();
    const least = Math.min(...packing);
    dtypes.push([
      title,
      ...[scientific(apart.mean), scientific(apart.max), scientific(learner.mean), scientific(sampler.mean)],
      ...[digits(packedBytes / 1e6), `${digits(least)} / ${digits(results.median(packing))}`],
    ]);
  }
  const page = [
    '# The sampling engine in its program',
    '',
    'Milliseconds by which a timer of the event loop comes late (`perf_hooks.monitorEventLoopDelay`, resolution 1 ms: an idle loop',
    'has about 1), while a model of the Qwen2 kind (vocabulary 32,000, width 896, 8 layers, float32) is sampled: one prompt of 2,048,',
    '8 completions of 64 tokens.',
    '',
    ...table(['', 's', 'p50', 'p99', 'max'], delays),
    '',
    "Log-probabilities of 64 completions of 48 tokens to 8 prompts of 203, of a model of width 128 and 4 layers: the sampler's beside",
    "the learner's (one pass over all), and both beside a learner in float32, in nats. Packing: of the sampler's copy of the weights",
    'after an update, least / median of 5.',
    '',
    ...table(
      [
        ...['weights', 'sampler to learner, mean', 'most', 'learner to float32', 'sampler to float32'],
        ...['packed, MB', 'packing, ms'],
      ],
      dtypes,
    ),
    '',
    `${cpus()[0].model}, ${threads} threads, Node ${process.version}.`,
  ];
  showPage('engine', page, write);
}
