// Whether another checkout computes the same bits: trains by the same recipes with both and compares losses, gradient
// norms, rewards, weights and sampled completions.
//   node recipes/same-results.mjs <other checkout> [--folder runs/same-results] [--write docs/results/same-results.md]
// Both checkouts must be built. The recipes use only keys that both read. Caption SFT and SFT start from fresh weights;
// GRPO starts from a model that the other checkout has trained, since its rewards have to differ.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { data, media, nativeInfo } from '../dist/index.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: 'string', default: 'runs/same-results' }, write: { type: 'string' } },
});
if (positionals.length !== 1) {
  process.stderr.write(
    'usage: node recipes/same-results.mjs <other checkout> [--folder folder] [--write file.md]\n',
  );
  process.exit(2);
}
const other = resolve(positionals[0]);
const folder = resolve(values.folder);
const steps = 20;
mkdirSync(folder, { recursive: true });

const common = { seed: 0, threads: 2, answers: 'text', stopAtChance: false };
const small = await dataset('small', { train: 24, validation: 2, test: 4 });
const large = await dataset('large', { train: 240, validation: 4, test: 8 });
const startModel = trainStartModel();
const recipes = {
  float32: {
    ...common,
    ...filesOf(small),
    alignment: { maxSteps: steps, loggingSteps: 1, evalSteps: 10 },
    sft: { maxSteps: steps, loggingSteps: 1, evalSteps: 10, gradientAccumulationSteps: 2 },
    grpo: false,
  },
  'bfloat16 products': {
    ...common,
    ...filesOf(small),
    seed: 1,
    bf16: true,
    alignment: { maxSteps: steps, loggingSteps: 1 },
    sft: { maxSteps: steps, loggingSteps: 1 },
    grpo: false,
  },
  'GRPO, float32': {
    ...common,
    ...grpoFiles(),
    grpo: {
      ...grpoSettings(),
      beta: 0.02,
      numIterations: 2,
      saveSteps: 10,
      optim: 'muon',
      muonLearningRate: 2e-4,
    },
  },
  'GRPO, bfloat16 products': {
    ...common,
    ...grpoFiles(),
    seed: 1,
    bf16: true,
    modalityCompare: 'groupMean',
    rewards: { format: 0.5, answer: 1, modality: 0.3 },
    grpo: { ...grpoSettings(), gradientAccumulationSteps: 2, lossType: 'bnpo', scaleRewards: 'batch' },
  },
};
/** A stage's folder under its names in all versions. */
const stages = { 'caption SFT': ['caption-sft', 'alignment'], SFT: ['sft'], GRPO: ['grpo'] };
/** Values of a line of metrics that are compared. */
const compared = ['loss', 'grad_norm', 'eval_loss', 'reward', 'reward_std', 'completions/mean_length'];

const before = record('other', other);
const after = record('own', resolve(import.meta.dirname, '..'));
report();

async function dataset(name, clips) {
  const output = join(folder, name);
  const pool = new media.MediaPool();
  const paths = await data.generateSyntheticDataset(output, { seed: clips.train, clips, pool });
  await pool.close();
  return paths;
}

function filesOf({ train, validation, test, captions, captionsValidation }) {
  return { data: train, validation, test, moments: captions, momentsValidation: captionsValidation };
}

function grpoFiles() {
  return { data: large.train, test: large.test, model: startModel, sft: false };
}

function grpoSettings() {
  return {
    maxSteps: steps,
    loggingSteps: 1,
    perDeviceTrainBatchSize: 32,
    maxCompletionLength: 64,
    learningRate: 1e-4,
  };
}

/** A model that answers some questions and not others. */
function trainStartModel() {
  const output = join(folder, 'start');
  const model = join(output, 'sft', 'model');
  if (existsSync(model)) return model;
  const settings = { grpo: false, alignment: { maxSteps: 250 }, sft: { maxSteps: 300 } };
  train(other, { ...common, data: large.train, moments: large.captions, output, ...settings });
  return model;
}

function train(checkout, recipe) {
  const file = `${recipe.output}.yaml`;
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(recipe));
  execFileSync(process.execPath, [join(checkout, 'dist/cli/main.js'), 'train', file], { stdio: 'inherit' });
}

/** Name -> what has to be the same. */
function record(name, checkout) {
  const results = {};
  for (const [title, recipe] of Object.entries(recipes)) {
    const output = join(folder, name, title.replaceAll(/\W+/g, '-'));
    rmSync(output, { recursive: true, force: true });
    mkdirSync(join(folder, name), { recursive: true });
    train(checkout, { ...recipe, output });
    for (const [stage, names] of Object.entries(stages)) {
      const place = names.map((it) => join(output, it)).find((it) => existsSync(it));
      if (place === undefined) continue;
      const row = (what) => `${stage} (${title}): ${what}`;
      const lines = readFileSync(join(place, 'metrics.jsonl'), 'utf8').trim().split('\n').map(JSON.parse);
      for (const metric of compared) {
        const found = lines.flatMap((line) => line[metric] ?? []);
        if (found.length > 0) results[row(metric)] = found;
      }
      results[row('weights')] = hashOfWeights(join(place, 'model', 'model.safetensors'));
    }
  }
  // In a process of its own: two versions of the addon do not share one.
  const script = 'require(process.argv[1])(...process.argv.slice(2))';
  const sampled = execFileSync(
    process.execPath,
    ['-e', script, join(import.meta.dirname, 'same-results-sample.cjs'), checkout, startModel, large.test],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  return { ...results, ...JSON.parse(sampled) };
}

/** Of the tensors' bytes, without the header that names them. */
function hashOfWeights(file) {
  const bytes = readFileSync(file);
  const header = Number(bytes.readBigUInt64LE(0));
  return createHash('sha256')
    .update(bytes.subarray(8 + header))
    .digest('hex');
}

function report() {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const rows = names.map((name) => `| ${name} | ${difference(before[name], after[name])} |`);
  const { version } = createRequire(import.meta.url)('../package.json');
  const text = [
    '# Results of two checkouts, compared',
    '',
    `Commit ${commitOf(other)} and this one, ${commitOf(import.meta.dirname)}.`,
    '',
    `\`node recipes/same-results.mjs <other checkout>\`, version ${version}, libtorch ${nativeInfo().libtorch.version}, ${cpus()[0].model}, ` +
      `2 threads, ${steps} steps a stage, one line of metrics a step. Sampled: 8 samples, 3 completions each, in every view.`,
    '',
    '| what | difference |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
  process.stdout.write(text);
  if (values.write) writeFileSync(values.write, text);
}

function commitOf(checkout) {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: checkout, encoding: 'utf8' }).trim();
}

function difference(a, b) {
  if (a === undefined || b === undefined) return `only in ${a === undefined ? 'this' : 'the other'} checkout`;
  const count = Array.isArray(a) ? `${a.length} values: ` : '';
  if (isDeepStrictEqual(a, b)) return `${count}none`;
  if (!Array.isArray(a)) return 'differs';
  const first = a.findIndex((value, i) => !isDeepStrictEqual(value, b[i]));
  if (typeof a[0] !== 'number')
    return `${count}${a.filter((it, i) => !isDeepStrictEqual(it, b[i])).length} differ`;
  const most = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
  return `${count}from value ${first} on, at most ${most.toPrecision(2)}`;
}
