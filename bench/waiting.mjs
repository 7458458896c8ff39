// What waiting threads cost, alone and where three programs share the cores: spinning as libgomp does, sleeping at once
// (passive), and spinning only while the machine is quiet. Programs of the same shape take turns (A B C A B C ...), so that
// a busy machine disturbs all of them alike.

import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import earsight from '../dist/index.js';
import { sft } from '../dist/recipe/stages/sft.js';
import { Contestant } from './contestant.mjs';
import { BenchmarkError } from './python.mjs';
import results from './results-page.cjs';
import { showPage } from './show-page.mjs';

const { data, media } = earsight;
const { digits, median, table } = results;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const quietTurns = 15;
const crowdedTurns = 3;

const unset = { EARSIGHT_SPIN: undefined, OMP_WAIT_POLICY: undefined, GOMP_SPINCOUNT: undefined };
const modes = {
  libgomp: { EARSIGHT_SPIN: 'libgomp' },
  passive: { OMP_WAIT_POLICY: 'passive' },
  adaptive: {},
};

/** Runs a turn: alone, and three at once; of the latter fewer where threads spin, which takes seconds. */
const cases = {
  network: { title: 'step of a small network', alone: 300, crowded: 300, spinning: 20 },
  sft: {
    title: `SFT step of the demo's model, ${sft.defaults.perDeviceTrainBatchSize} questions`,
    alone: 3,
    crowded: 5,
    spinning: 1,
    training: true,
  },
  attention: {
    title: 'attention, 512 tokens, 4 heads of 64, forward and backward',
    alone: 100,
    crowded: 200,
    spinning: 20,
  },
  dispatch: { title: '1,000 additions of 4 floats', alone: 300, crowded: 300, spinning: 300 },
};

export const help = [
  'Threads that wait for each other: spinning, sleeping, and what decides between them; alone and three programs at once.',
  '',
  '  --write        record the results in docs/results',
  '',
  'rows:',
  ...Object.values(cases).map(({ title }) => `  ${title}`),
  '',
  'About 3 minutes on 2 cores, which nothing else should use. Needs no Python.',
].join('\n');

const least = (values) => Math.min(...values);
const milliseconds = (nanoseconds, count) => nanoseconds / count / 1e6;

/** Milliseconds a run: { [mode]: a sample a turn }, one program at a time (three take turns: no two have the same luck). */
async function measureAlone(name, programs) {
  const { alone: count } = cases[name];
  const samples = Object.fromEntries(Object.keys(modes).map((mode) => [mode, []]));
  for (let turn = 0; turn < quietTurns; turn += 1) {
    for (const [mode, times] of Object.entries(samples)) {
      const warm = Math.ceil(count / 10);
      const program = programs[mode][turn % 3];
      times.push(milliseconds(await program.time(name, warm, count), count));
    }
  }
  return samples;
}

/** The same with three programs of a mode at once; a sample is the slowest of the three. */
async function measureCrowded(name, programs) {
  const { crowded, spinning } = cases[name];
  const samples = Object.fromEntries(Object.keys(modes).map((mode) => [mode, []]));
  for (let turn = 0; turn < crowdedTurns; turn += 1) {
    for (const [mode, times] of Object.entries(samples)) {
      const count = mode === 'libgomp' ? spinning : crowded;
      const all = await Promise.all(programs[mode].map((program) => program.time(name, 1, count)));
      times.push(milliseconds(Math.max(...all), count));
    }
  }
  return samples;
}

async function start(args) {
  const programs = {};
  for (const [mode, env] of Object.entries(modes)) {
    programs[mode] = await Promise.all(
      [1, 2, 3].map(() => Contestant.start(process.execPath, args, { ...unset, ...env })),
    );
    if (programs[mode].includes(null)) throw new BenchmarkError(`waiting: a program (${mode}) did not start`);
  }
  return programs;
}

function row(name, alone, crowded) {
  const cells = [alone, crowded].flatMap((samples) => [
    digits(least(samples.libgomp)),
    digits(least(samples.passive)),
    digits(least(samples.adaptive)),
  ]);
  const toLibgomp = least(alone.adaptive) / least(alone.libgomp);
  const toPassive = median(crowded.adaptive) / median(crowded.passive);
  return [
    cases[name].title,
    ...cells.slice(0, 3),
    toLibgomp.toFixed(2),
    ...cells.slice(3),
    toPassive.toFixed(2),
  ];
}

export async function run({ write }) {
  const folder = mkdtempSync(join(tmpdir(), 'earsight-bench-'));
  const started = [];
  const [load] = loadavg();
  try {
    const pool = new media.MediaPool({ tmpDir: folder });
    await data.generateSyntheticDataset(folder, {
      seed: 0,
      clips: { train: 12, validation: 0, test: 0 },
      pool,
    });
    await pool.close();
    const small = await start([join(root, 'bench', 'waiting', 'loop.mjs')]);
    const training = await start([join(root, 'bench', 'training', 'loop.mjs'), folder, '2']);
    started.push(...[small, training].flatMap((programs) => Object.values(programs).flat()));
    const rows = [];
    for (const [name, { training: trains }] of Object.entries(cases)) {
      const programs = trains ? training : small;
      const alone = await measureAlone(name, programs);
      rows.push(row(name, alone, await measureCrowded(name, programs)));
    }

    const page = [
      '# Threads that wait, alone and on shared cores',
      '',
      'Milliseconds a run. libgomp: threads that wait spin for milliseconds (`EARSIGHT_SPIN=libgomp`). passive: they sleep',
      '(`OMP_WAIT_POLICY=passive`). adaptive, the default: they spin while the machine is quiet and sleep while cores are',
      `shared. Alone: one program at a time, least of ${quietTurns} turns of three programs. Three at once: the slowest of three programs`,
      `of the same kind, least of ${crowdedTurns} turns, and the ratio of the medians.`,
      '',
      ...table(
        [
          'two threads',
          'alone: libgomp',
          'passive',
          'adaptive',
          'to libgomp (target 1.05)',
          'three at once: libgomp',
          'passive',
          'adaptive',
          'to passive (target 3)',
        ],
        rows,
      ),
      '',
      `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}, libtorch ${started[0].version}; ` +
        `load average ${load.toFixed(1)} at the start.`,
    ];
    showPage('waiting', page, write);
  } finally {
    for (const program of started) program.stop();
    rmSync(folder, { recursive: true });
  }
}
