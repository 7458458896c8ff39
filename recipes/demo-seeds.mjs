// The demo over several seeds, each with time-matched SFT beside GRPO, and what the stages gained over all of them:
//   node recipes/demo-seeds.mjs [--seeds 0,1,2] [--jobs 1] [--output runs/demo-seeds] [--write docs/results/demo.md]
// --jobs runs several seeds at once, on two threads in all. A seed that has finished is not run again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { data, evaluation } from '../dist/index.mjs';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '0,1,2' },
    jobs: { type: 'string', default: '1' },
    output: { type: 'string', default: 'runs/demo-seeds' },
    write: { type: 'string' },
  },
});
const seeds = values.seeds.split(',').map(Number);
const stages = ['sft', 'qi', 'ma', 'time-matched-sft'];

const threads = Math.max(1, Math.floor(2 / Number(values.jobs)));

async function run(seed) {
  const folder = join(values.output, String(seed));
  if (stages.every((stage) => existsSync(join(folder, stage, 'answers.json')))) return;
  const args = existsSync(join(folder, 'recipe.yaml'))
    ? ['train', join(folder, 'recipe.yaml'), '--resume']
    : ['demo', '--compare', '--seed', String(seed), '--threads', String(threads), '--output', folder];
  const [code] = await once(
    spawn(process.execPath, ['dist/cli/main.js', ...args], { stdio: 'inherit' }),
    'exit',
  );
  if (code !== 0) process.exit(code ?? 1);
}

const waiting = [...seeds];
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async () => {
    while (waiting.length > 0) await run(waiting.shift());
  }),
);

/** All seeds' answers of a stage; the datasets differ, so the seed becomes part of every name. */
function answersOf(stage) {
  return seeds.flatMap((seed) => {
    const folder = join(values.output, String(seed));
    const samples = new Map(
      data.readSamples(join(folder, 'dataset', 'test.jsonl')).map((sample) => [sample.id, sample]),
    );
    const { answers } = JSON.parse(readFileSync(join(folder, stage, 'answers.json'), 'utf8'));
    return answers.map(({ id, ...answer }) => {
      const sample = samples.get(id);
      return { ...answer, sample: { ...sample, id: `${seed}/${id}`, video: `${seed}/${sample.video}` } };
    });
  });
}

const answered = Object.fromEntries(stages.map((stage) => [stage, answersOf(stage)]));
const titles = {
  sft: 'after SFT',
  qi: 'after GRPO (qi)',
  ma: 'after GRPO (ma)',
  'time-matched-sft': 'after time-matched SFT',
};
const table = evaluation.formatAccuracy(
  stages.map((stage) => ({ stage: titles[stage], accuracy: evaluation.accuracyTable(answered[stage]) })),
);
const points = (fraction) => `${fraction < 0 ? '' : '+'}${(100 * fraction).toFixed(1)}`;
const gains = [
  ['GRPO (qi, then ma)', 'sft', 'ma'],
  ['time-matched SFT', 'sft', 'time-matched-sft'],
  ['GRPO against time-matched SFT', 'time-matched-sft', 'ma'],
].flatMap(([name, from, to]) =>
  ['sight', 'sound', 'both'].map((kind) => {
    const { mean, low, high, count } = evaluation.gain(answered[from], answered[to], { kind });
    return `${name}, ${kind}: ${points(mean)} points with both tracks (95 % interval ${points(low)} to ${points(high)}, ${count} questions)`;
  }),
);
const trained = seeds.flatMap((seed) => [
  `seed ${seed}:`,
  ...['caption-sft', ...stages].map((stage) => {
    const file = join(values.output, String(seed), stage, 'answers.json');
    const { steps, maxSteps, numTokens } = JSON.parse(readFileSync(file, 'utf8')).training;
    return `  ${stage}: ${steps} of ${maxSteps} steps, ${(numTokens / 1e6).toFixed(2)} M tokens`;
  }),
]);
const text = [table, '', ...gains, '', ...trained].join('\n');
console.log(text);
if (values.write) {
  const command = `node recipes/demo-seeds.mjs --seeds ${values.seeds} --jobs ${values.jobs}`;
  writeFileSync(
    values.write,
    `# The demo over seeds ${seeds.join(', ')}\n\n\`${command}\` on ${cpus()[0].model}, ${cpus().length} cores:\n\n\`\`\`\n${text}\n\`\`\`\n`,
  );
}
