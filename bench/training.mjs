// Steps of the demo's stages with the kernels, and with their reference definitions in tensor operations. Three processes run
// the same program and take turns (A B C A B C ...), so that a busy machine slows all of them. The model is a fresh one; its
// clips are decoded before.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoPlan } from '../dist/cli/demo-plan.js';
import earsight from '../dist/index.js';
import { stageList } from '../dist/recipe/index.js';
import { Contestant } from './contestant.mjs';
import { BenchmarkError } from './python.mjs';
import results from './results-page.cjs';
import { showPage } from './show-page.mjs';

const { data, media } = earsight;
const { digits, median, table } = results;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const threads = 2;
const turns = 5;
const { recipe } = demoPlan({ quick: false, seed: 0, threads, compare: false });
const batchSize = (name) =>
  recipe.stages.find((item) => name in item)[name].perDeviceTrainBatchSize ??
  stageList.find((stage) => stage.name === name).defaults.perDeviceTrainBatchSize;

/** `count`: steps a turn, after one that is not timed; `against`: the definitions that are measured. */
const stages = {
  'caption-sft': {
    title: `caption SFT, ${batchSize('caption-sft')} captions`,
    count: 2,
    against: ['attention', 'losses'],
  },
  sft: {
    title: `SFT, ${batchSize('sft')} questions and captions`,
    count: 3,
    against: ['attention', 'losses'],
  },
  // With a dense mask a token of sampling takes as long as a step of the others.
  ma: { title: 'GRPO, 16 prompts x 8 completions x 3 views', count: 1, against: ['losses'] },
};
const columns = {
  kernels: { title: 'kernels' },
  attention: { title: "attention's definition", env: { EARSIGHT_AV_ATTENTION: 'dense' } },
  losses: { title: "losses' definitions", args: ['reference'] },
};

export const help = [
  "Steps of the demo's small model with our kernels and with their definitions in tensor operations.",
  '',
  '  --write        record the results in docs/results',
  '',
  'rows:',
  ...Object.values(stages).map(({ title }) => `  ${title}`),
  '',
  'About 6 minutes on 2 cores. Needs no Python.',
].join('\n');

/** Milliseconds a step of each contestant, a sample a turn. */
async function measure(name, contestants) {
  const { count, against } = stages[name];
  const samples = Object.fromEntries(['kernels', ...against].map((who) => [who, []]));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [who, times] of Object.entries(samples))
      times.push((await contestants[who].time(name, 1, count)) / count / 1e6);
  }
  return samples;
}

function row(name, samples) {
  const { kernels } = samples;
  const cells = Object.keys(columns).map((who) => {
    if (who === 'kernels') return digits(median(kernels));
    if (!samples[who]) return '-';
    const ratio = median(samples[who].map((time, turn) => time / kernels[turn]));
    return `${digits(median(samples[who]))} (${ratio.toFixed(2)}x)`;
  });
  return [stages[name].title, ...cells];
}

export async function run({ write }) {
  const folder = mkdtempSync(join(tmpdir(), 'earsight-bench-'));
  try {
    const pool = new media.MediaPool({ tmpDir: folder });
    await data.generateSyntheticDataset(join(folder, 'dataset'), {
      seed: 0,
      clips: { train: 60, validation: 1, test: 1 },
      pool,
    });
    await pool.close();
    const file = join(folder, 'recipe.yaml');
    writeFileSync(file, JSON.stringify(recipe));
    const loop = [join(root, 'bench', 'training', 'loop.mjs'), file];
    const contestants = {};
    for (const [who, { args = [], env }] of Object.entries(columns)) {
      contestants[who] = await Contestant.start(process.execPath, [...loop, ...args], env);
      if (contestants[who] === null)
        throw new BenchmarkError(`training: the contestant '${who}' did not start`);
    }
    const rows = [];
    for (const name of Object.keys(stages)) rows.push(row(name, await measure(name, contestants)));
    for (const contestant of Object.values(contestants)) contestant.stop();

    const page = [
      '# Steps of training with our kernels and with their definitions',
      '',
      `Milliseconds a step of the demo's small model, median of ${turns} turns; in brackets the median ratio to the kernels.`,
      "Attention's definition: `EARSIGHT_AV_ATTENTION=dense`, a dense mask and PyTorch's operators. The losses' definitions:",
      'log-probabilities with all logits, policy loss and advantages in tensor operations.',
      '',
      ...table(['stage, a step', ...Object.values(columns).map(({ title }) => title)], rows),
      '',
      `${cpus()[0].model}, ${threads} threads, Node ${process.version}, libtorch ${contestants.kernels.version}.`,
    ];
    showPage('training', page, write);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
