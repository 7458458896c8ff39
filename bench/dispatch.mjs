// What it costs to call a small operator: TypeScript, inside scopes and with disposal included, against a C++ loop and
// against Python over libtorch, one thread each. Three programs of the same shape take turns (A B C A B C ...), so that
// a busy machine disturbs all of them alike.

import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bench } from 'tinybench';
import earsight from '../dist/index.js';
import { Contestant } from './contestant.mjs';
import { BenchmarkError } from './python.mjs';
import { showPage } from './show-page.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'bench', 'dispatch');
const rounds = 100;
const warmRounds = 20;

/** `count` runs a sample, after as many untimed ones: whoever's turn it is finds the caches full of others' data. */
const cases = {
  tiny: { title: 'addition, 4 floats', count: 400, targets: { cpp: 1.3, python: 0.75 } },
  chain: { title: 'chain of 10 operators, 4 floats', count: 40, targets: { python: 1 } },
  matmul: { title: 'matrix product, 64 x 64', count: 40, targets: { python: 1 } },
};

export const help = [
  'What a call of a small operator costs: TypeScript against a C++ loop and against Python, one thread each.',
  '',
  '  --write        record the results in docs/results',
  '',
  'rows:',
  ...Object.values(cases).map(({ title }) => `  ${title}`),
  '',
  'Less than a minute, after the C++ loop is compiled (half a minute, once). The Python columns need a Python with torch:',
  'EARSIGHT_PYTHON, else python3.',
].join('\n');

async function startAll() {
  const { libtorch } = earsight.nativeInfo();
  const build = join(root, 'build');
  execFileSync('cmake', ['--build', build, '--target', 'bench_dispatch'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const python = process.env.EARSIGHT_PYTHON || 'python3';
  const contestants = {
    typescript: await Contestant.start(process.execPath, [join(folder, 'loop.mjs')]),
    cpp: await Contestant.start(join(build, 'bench', 'bench_dispatch'), [], {
      LD_LIBRARY_PATH: libtorch.lib,
    }),
    python: await Contestant.start(python, [join(folder, 'loop.py')]),
  };
  for (const name of ['typescript', 'cpp']) {
    if (contestants[name] === null)
      throw new BenchmarkError(`dispatch: the ${name} contestant did not start`);
  }
  if (contestants.python === null)
    process.stderr.write(
      `dispatch: no Python columns, ${python} has no torch; set EARSIGHT_PYTHON to one that has\n`,
    );
  return contestants;
}

/** Nanoseconds a run: { [contestant]: sorted samples }. */
async function measure(name, contestants) {
  const { count } = cases[name];
  const bench = new Bench({ time: 0, iterations: 3, warmup: false, retainSamples: true });
  const present = Object.entries(contestants).filter(([, contestant]) => contestant !== null);
  for (const [who, contestant] of present) {
    const sample = async () => ({
      overriddenDuration: (await contestant.time(name, count, count)) / count / 1e6,
    });
    bench.add(who, sample, { async: true });
  }
  const samples = Object.fromEntries(present.map(([who]) => [who, []]));
  for (let round = -warmRounds; round < rounds; round += 1) {
    bench.reset();
    await bench.run();
    for (const { name: who, result } of bench.tasks) {
      if (result.state !== 'completed') throw result.error ?? new Error(`${who}: ${result.state}`);
      if (round >= 0) samples[who].push(...result.latency.samples.map((milliseconds) => milliseconds * 1e6));
    }
  }
  for (const values of Object.values(samples)) values.sort((x, y) => x - y);
  return samples;
}

const least = (sorted) => sorted[0];
const median = (sorted) => sorted[sorted.length >> 1];

function row({ title, targets }, samples) {
  const times = (who) => {
    const values = samples[who];
    return values ? `${least(values).toFixed(0)} / ${median(values).toFixed(0)}` : '-';
  };
  const ratios = (who) => {
    if (!samples[who]) return '-';
    const [best, middle] = [least, median].map((of) => of(samples.typescript) / of(samples[who]));
    const target = targets[who] ? ` (target ${targets[who]})` : '';
    return `${best.toFixed(2)} / ${middle.toFixed(2)}${target}`;
  };
  const cells = [title, times('typescript'), times('cpp'), times('python'), ratios('cpp'), ratios('python')];
  return `| ${cells.join(' | ')} |`;
}

export async function run({ write }) {
  const contestants = await startAll();
  const rows = [];
  for (const name of Object.keys(cases)) rows.push(row(cases[name], await measure(name, contestants)));
  for (const contestant of Object.values(contestants)) contestant?.stop();

  const page = [
    '# Cost of calling an operator',
    '',
    `Nanoseconds a run, least / median of ${rounds * 3} samples. Ratios are TypeScript's time over the other's, of the least`,
    'and of the median times. TypeScript runs inside scopes; its figures include the disposal of every result.',
    '',
    '| | TypeScript | C++ loop | Python | to C++ | to Python |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `libtorch ${contestants.typescript.version}, Python's torch ${contestants.python?.version ?? 'not found'}, ` +
      `Node ${process.version}, one thread each; ${cpus()[0].model}, ${cpus().length} cores.`,
  ];
  showPage('dispatch', page, write);
}
