// Losses and metrics beside TRL's, step for step, on a tiny text model. scripts/fixtures/ records TRL's.
//   node recipes/trl-parity.mjs [--write docs/results/trl-parity.md]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DPOTrainer, data, models, nativeInfo, OmniModel, omni, SFTTrainer, text } from '../dist/index.mjs';

const { values } = parseArgs({ options: { write: { type: 'string' } } });
const fixtures = fileURLToPath(new URL('../test/fixtures', import.meta.url));
const read = (name) => JSON.parse(readFileSync(join(fixtures, 'train', name), 'utf8'));

const page = `# Losses of TRL, step for step

\`node recipes/trl-parity.mjs\`, libtorch ${nativeInfo().libtorch.version}. Everything in float32 on the CPU, AdamW, the same rows in the
same order from the same weights. A figure is the largest difference over all steps: of losses as it is, of metrics over the
larger of 1 and TRL's value.

${await dpo()}
${await sft()}`;
process.stdout.write(page);
if (values.write !== undefined) writeFileSync(values.write, page);

/** What scripts/fixtures/dpo.py recorded. */
async function dpo() {
  const recorded = read('dpo.json');
  const rows = [];
  for (const it of recorded.cases) {
    const trainDataset = recorded.rows[it.rows].map((row) =>
      data.validatePreference(row, { file: 'dpo.json' }),
    );
    const config = { ...camelCase(it.config), seed: recorded.seed, maxSteps: recorded.steps };
    const lines = await linesOf(DPOTrainer, it.adapter, { trainDataset, config });
    const metrics = Object.entries(it.metrics).map(([name, expected]) =>
      furthest(lines, name, expected, true),
    );
    const { perDeviceTrainBatchSize: pairs, gradientAccumulationSteps: parts } = config;
    const [first, last] = [it.losses[0], it.losses.at(-1)].map((loss) => loss.toFixed(4));
    rows.push([
      it.name,
      it.rows,
      `${parts} x ${pairs}`,
      `${first} to ${last}`,
      furthest(lines, 'loss', it.losses),
      Math.max(...metrics),
    ]);
  }
  const head = [
    'loss',
    'rows',
    'micro-batches x pairs',
    `TRL's loss over ${recorded.steps} steps`,
    'loss',
    'metrics',
  ];
  const names = Object.keys(recorded.cases[0].metrics).map((name) => `\`${name}\``);
  return `## DPOTrainer

TRL 1.16.0, transformers 5.24. Metrics: ${names.join(', ')}. TRL ignores \`label_smoothing\`
for \`sigmoid\`: that row is compared with its \`aot\` on single pairs, which has the same formula.

${table([head, ...rows])}
`;
}

/** What scripts/fixtures/sft_trl.py recorded. */
async function sft() {
  const recorded = read('sft.json');
  const rows = [];
  for (const it of recorded.cases) {
    const trainDataset = recorded.rows[it.rows].map((row, i) =>
      data.validateChat(row, { file: 'sft.json', line: i + 1 }),
    );
    const config = { ...camelCase(it.config), seed: recorded.seed, maxSteps: recorded.steps };
    const lines = await linesOf(SFTTrainer, false, { trainDataset, config }, recorded.templates[it.template]);
    const [first, last] = [it.losses[0], it.losses.at(-1)].map((loss) => loss.toFixed(4));
    rows.push([
      it.name,
      it.rows,
      `${config.gradientAccumulationSteps} x ${config.perDeviceTrainBatchSize}`,
      `${first} to ${last}`,
      furthest(lines, 'loss', it.losses),
      furthest(lines, 'grad_norm', it.grad_norm, true),
      furthest(lines, 'entropy', it.entropy, true),
    ]);
  }
  const head = [
    'what is learned',
    'rows',
    'micro-batches x rows',
    `TRL's loss over ${recorded.steps} steps`,
    'loss',
    '`grad_norm`',
    '`entropy`',
  ];
  return `## SFTTrainer

TRL 1.16.0, transformers 5.24. Rows are conversations of one to three turns. By prefixes: the template has no generation marks
here, and has them in TRL. With packing, rows of a micro-batch are packed sequences.

${table([head, ...rows])}
`;
}

/** @param template default: the tokenizer's own */
async function linesOf(Trainer, hasAdapter, { config, ...options }, template) {
  const folder = join(fixtures, 'train', 'dpo-tokenizer');
  const model = new OmniModel({
    graph: models.loadGraph(join(fixtures, 'models/hf/qwen2')),
    tokenizer: text.Tokenizer.fromFolder(folder),
    template: template ? new text.ChatTemplate(template) : text.ChatTemplate.fromFolder(folder),
    processor: omni.processorConfigSchema.parse({}),
  });
  if (hasAdapter) model.graph.loadAdapter(join(fixtures, 'train', 'dpo-adapter'));
  const lines = [];
  const callbacks = [{ onLog: (_, __, line) => void lines.push(line) }];
  await new Trainer({
    model,
    ...options,
    callbacks,
    config: { ...config, loggingSteps: 1, outputDir: null },
  }).train();
  return lines;
}

function furthest(lines, name, expected, isRelative = false) {
  const differences = expected.map(
    (value, step) => Math.abs(value - lines[step][name]) / (isRelative ? Math.max(1, Math.abs(value)) : 1),
  );
  return Math.max(...differences);
}

function camelCase(settings) {
  const named = Object.entries(settings).map(([name, value]) => [
    name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(named);
}

function table([head, ...rows]) {
  const shown = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? cell.toExponential(1) : cell)),
  );
  return [head, head.map(() => '---'), ...shown].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
