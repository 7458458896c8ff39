// What loading a folder of 1 GB takes: memory beside the weights, and time. Each measurement is a process of its own, with
// loadGraph or with transformers; the folder is made for it, and its files are in the page cache.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import earsight from '../dist/index.js';
import { BenchmarkError, count, python } from './python.mjs';
import results from './results-page.cjs';
import { showPage } from './show-page.mjs';

const { digits, median, table } = results;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const own = (name) => join(root, 'bench', 'loading', name);
const make = join(root, 'bench', 'make-model.mjs');
const threads = 2;

const text = (layers) => ({
  ...{
    model_type: 'qwen2',
    vocab_size: 32768,
    hidden_size: 1024,
    intermediate_size: 4096,
    num_hidden_layers: layers,
  },
  ...{ num_attention_heads: 16, num_key_value_heads: 8, rope_theta: 1e6, tie_word_embeddings: false },
});
const omni = (layers) => {
  const { text: small, vision, audio, positions } = earsight.models.smallConfig(32768);
  const sizes = {
    hiddenSize: 1024,
    intermediate: 4096,
    heads: 16,
    kvHeads: 8,
    headDim: 64,
    mropeSection: [16, 8, 8],
  };
  return { text: { ...small, ...sizes, layers, tieEmbeddings: false }, vision, audio, positions };
};

/** `stored`: dtype in the files; `dtype`: the one that is asked for. */
const rows = [
  { title: 'Qwen2, float32', config: text(13), stored: 'float32', dtype: 'float32' },
  { title: 'Qwen2, bfloat16', config: text(26), stored: 'bfloat16', dtype: 'bfloat16' },
  { title: 'Qwen2, bfloat16 as float32', config: text(26), stored: 'bfloat16', dtype: 'float32' },
  { title: 'earsight-omni, float32', config: omni(13), stored: 'float32', dtype: 'float32', ours: true },
  {
    title: 'earsight-omni, bfloat16 as float32',
    config: omni(26),
    stored: 'bfloat16',
    dtype: 'float32',
    ours: true,
  },
];

export const options = { turns: { type: 'string' } };

export const help = [
  'Memory and time of loading folders of 1 GB, beside transformers where EARSIGHT_PYTHON has it.',
  '',
  '  --turns N      processes a row, of each (3)',
  '  --write        record the results in docs/results',
  '',
  'rows:',
  ...rows.map(({ title }) => `  ${title}`),
  '',
  'About 4 minutes on 2 cores, 8 GB of memory and 1 GB in the temporary folder. Linux only.',
].join('\n');

/** What a program prints as JSON. */
function ask(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', HF_HUB_OFFLINE: '1' },
  });
  if (status === 0) return JSON.parse(stdout.trim().split('\n').at(-1));
  throw new BenchmarkError(`loading: ${command} ${args[0]} failed:\n${stderr}`);
}

function transformersVersion() {
  const { status, stdout } = spawnSync(
    python(),
    [
      '-c',
      'import transformers, torch; print(f"transformers {transformers.__version__}, torch {torch.__version__}")',
    ],
    { encoding: 'utf8' },
  );
  return status === 0 ? stdout.trim() : null;
}

function measure(row, folder, turns, programs) {
  const { weights } = ask(process.execPath, [
    make,
    folder,
    row.stored,
    row.dtype,
    JSON.stringify(row.config),
  ]);
  const samples = Object.fromEntries(Object.keys(programs).map((who) => [who, []]));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [who, [command, script]] of Object.entries(programs)) {
      if (row.ours && who !== 'earsight') continue;
      samples[who].push(ask(command, [script, folder, row.dtype, String(threads)]));
    }
  }
  rmSync(folder, { recursive: true });
  return Object.entries(samples)
    .filter(([, list]) => list.length > 0)
    .map(([who, list]) => {
      const most = (field) => Math.max(...list.map((sample) => sample[field]));
      const time = (field) => digits(median(list.map((sample) => sample[field])));
      const part = (field) => `${(most(field) / 1e6).toFixed(0)} (${(most(field) / weights).toFixed(2)})`;
      const cells = [part('loaded'), part('passed'), time('loadSeconds'), time('passSeconds')];
      return [row.title, who, (weights / 1e6).toFixed(0), ...cells];
    });
}

export async function run({ write, turns: given = '3' }) {
  const turns = count('turns', given);
  if (process.platform !== 'linux')
    throw new BenchmarkError('loading: memory is read from /proc, which Linux alone has');
  const version = transformersVersion();
  const programs = { earsight: [process.execPath, own('earsight.mjs')] };
  if (version !== null) programs.transformers = [python(), own('transformers_load.py')];
  const folder = mkdtempSync(join(tmpdir(), 'earsight-loading-'));
  try {
    const lines = rows.flatMap((row, i) => {
      process.stderr.write(`row ${i + 1} of ${rows.length}: ${row.title}\n`);
      return measure(row, join(folder, 'model'), turns, programs);
    });
    const page = [
      '# Memory and time of loading',
      '',
      'Megabytes that a process holds at most, beyond what it had after a pass of a small model: until the folder is loaded,',
      'and until the first pass over three tokens has ended. In brackets: relative to the weights in the dtype that was asked',
      `for. Seconds: median of ${turns}; memory: the most of them. The files are in the page cache.`,
      '',
      ...table(
        ['folder', 'program', 'weights, MB', 'loaded, MB', 'after a pass, MB', 'load, s', 'first pass, s'],
        lines,
      ),
      '',
      'Weights of the dtype that is asked for are mapped: they are read by the first pass. Of others one at a time is held',
      'twice.',
      '',
      `${cpus()[0].model}, ${threads} threads, Node ${process.version}; ${version ?? 'no Python with transformers'}.`,
    ];
    showPage('loading', page, write);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
