// What the self-check takes of a GRPO step, beside the sampling of the same step: real steps of the trainer, whose completions
// are sampled and then replaced by texts with two timed captions each. The model is the demo's small one with random weights,
// under the adapter of the preset: its reference is the model without the adapter.

import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasBf16Products } from '../dist/cli/cpu-features.js';
import earsight from '../dist/index.js';
import { BenchmarkError, count } from './python.mjs';
import results from './results-page.cjs';
import { showPage } from './show-page.mjs';

const { data, judges, media, nativeInfo, omni, rewards, torch, train } = earsight;
const { digits, median, table } = results;
const [prompts, numGenerations, clips] = [16, 8, 48];
const warm = 4;
const target = 0.5;

/** `distinct`: texts among the completions of a prompt. */
const rows = [
  { title: 'completions of a prompt as after SFT: 2 of 8 differ', distinct: 2 },
  { title: 'all 8 differ', distinct: 8 },
];

export const options = {
  threads: { type: 'string', default: '2' },
  steps: { type: 'string', default: '12' },
};

export const help = [
  'The self-check beside the sampling of the same GRPO step: 16 prompts x 8 completions with two spans each on clips of 4 s.',
  '',
  '  --threads 2',
  '  --steps 12     of each row',
  '  --write        record the results in docs/results',
  '',
  'rows:',
  ...rows.map(({ title }) => `  ${title}`),
  '',
  'About a minute on 2 cores. Needs no Python.',
].join('\n');

/** Numbers in [0, 1), the same everywhere. */
function randomNumbers() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Two spans on the grid of half seconds that the dataset has, with captions of any clip. */
function textMaker(captions) {
  const random = randomNumbers();
  const pick = (values) => values[Math.floor(values.length * random())];
  const timed = () => {
    const start = pick([0, 1, 2, 3, 4, 5]) / 2;
    const end = start + pick([1, 2]) / 2;
    return `<time>${start.toFixed(1)}-${end.toFixed(1)}</time><caption>${pick(captions)}</caption>`;
  };
  return () => {
    const caption = pick(captions);
    return `${timed()}${timed()}<thinking>it is ${caption}</thinking><answer>${caption}</answer>`;
  };
}

/** Seconds of the sampling and of the judging of each step. */
async function measure({ distinct }, { samples, captions }, steps) {
  torch.manualSeed(0);
  const model = omni.newSmallModel([...samples, ...captions]);
  if (hasBf16Products()) model.graph.computeIn('bfloat16');
  await Promise.all(samples.map((sample) => model.processor.features(sample, model.media)));
  model.addAdapter({ r: 8, alpha: 32, dropout: 0.05 });
  const text = textMaker([...new Set(captions.flatMap((sample) => sample.steps))]);
  const drawn = Array.from({ length: 200 }, text);
  const maxCompletionLength = drawn.reduce((n, it) => Math.max(n, model.encodeCompletion(it).length), 0);
  const times = [];
  let start = 0;
  const { prepare, samplePrompts } = model;
  model.prepare = (...given) => {
    start = performance.now();
    return prepare.apply(model, given);
  };
  model.samplePrompts = async (...given) => {
    const groups = await samplePrompts.apply(model, given);
    times.push({ sampling: (performance.now() - start) / 1e3 });
    return groups.map((group) => {
      const texts = Array.from({ length: distinct }, text);
      return group.map((completion, i) => ({ ...completion, text: texts[i % distinct] }));
    });
  };
  const judge = judges.selfCheck({ model });
  const both = [rewards.consistencyReward({ judge }), rewards.completenessReward({ judge })];
  const judged = async (batch) => {
    const from = performance.now();
    const scores = await Promise.all(both.map((reward) => reward(batch)));
    times.at(-1).judging = (performance.now() - from) / 1e3;
    if (scores.flat().some((score) => !(score >= 0 && score <= 1)))
      throw new BenchmarkError('judging: the judge failed on completions');
    return scores[0].map((score, i) => score + scores[1][i]);
  };
  const perDeviceTrainBatchSize = prompts * numGenerations;
  await new train.GRPOTrainer({
    model,
    trainDataset: samples,
    rewardFuncs: [judged],
    config: {
      ...{ lossType: 'gspo', beta: 0.03, numGenerations, perDeviceTrainBatchSize, maxCompletionLength },
      ...{ maxSteps: warm + steps, outputDir: null, seed: 0 },
    },
  }).train();
  await judge.close();
  await model.close();
  return { maxCompletionLength, times: times.slice(warm) };
}

const milliseconds = (values) => digits(1e3 * median(values));

export async function run({ write, ...given }) {
  const threads = count('threads', given.threads ?? options.threads.default);
  const steps = count('steps', given.steps ?? options.steps.default);
  torch.setNumThreads(threads);
  const folder = mkdtempSync(join(tmpdir(), 'earsight-bench-'));
  const [load] = loadavg();
  try {
    const pool = new media.MediaPool({ tmpDir: folder });
    const files = await data.generateSyntheticDataset(folder, {
      seed: 0,
      clips: { train: clips, validation: 0, test: 0 },
      pool,
    });
    await pool.close();
    // A clip a prompt: questions of one clip would share spans.
    const samples = data
      .readSamples(files.train)
      .filter(({ kind }, i, all) => kind === 'both' && all[i - 1]?.kind !== 'both');
    const dataset = { samples, captions: data.readSamples(files.captions) };
    let tokens = 0;
    const lines = [];
    for (const row of rows) {
      const { times, maxCompletionLength } = await measure(row, dataset, steps);
      tokens = maxCompletionLength;
      const [sampling, judging] = ['sampling', 'judging'].map((part) => times.map((it) => it[part]));
      const ratio = median(times.map((it) => it.judging / it.sampling));
      const verdict = `${ratio.toFixed(2)} (${ratio <= target ? 'met' : 'missed'})`;
      lines.push([row.title, milliseconds(sampling), milliseconds(judging), verdict]);
    }
    const page = [
      '# The self-check beside sampling',
      '',
      `Milliseconds of a GRPO step, medians of ${steps} steps, and the median ratio. ${prompts} prompts x ${numGenerations} completions of ${tokens} tokens, each`,
      'prompt about a clip of its own of 4 s. The completions that are judged have two timed captions each, drawn at random on the',
      "grid of half seconds. The model is the demo's small one with random weights, under the adapter of the preset. Judging is both",
      'rewards, consistency and completeness, from the texts to the scores; sampling is prompts, towers and tokens.',
      '',
      ...table(['completions', 'sampling', 'judging', `ratio (target ${target})`], lines),
      '',
      'After SFT the completions of a prompt repeat each other: of 8 at temperature 1, 2.1 differ on average in the experiment of',
      '`recipes/omnivideo-r1.mjs`.',
      '',
      `${cpus()[0].model}, ${threads} threads, Node ${process.version}, libtorch ${nativeInfo().libtorch.version}; load average ${load.toFixed(1)} at the start.`,
    ];
    showPage('judging', page, write);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
