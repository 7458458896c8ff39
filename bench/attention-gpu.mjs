// Our attention on a GPU against PyTorch's: the bfloat16 rows of attention/rows.cjs and a longer one, from Python in one
// process (attention/gpu.py). Without a GPU, or without GPU kernels in the build, it says so and measures nothing.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rows, specOf, usefulFlops } from './attention/rows.cjs';
import { count, linesOf, reasonWithoutTorch, rowsNamed } from './python.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const options = { rows: { type: 'string' }, samples: { type: 'string', default: '20' } };

const full = rows.find(({ id }) => id === 'F4');
const longer = {
  ...full,
  id: 'F16',
  title: 'one root, 16384, full',
  nodes: [{ ...full.nodes[0], q: [0, 16384], k: [0, 16384] }],
};
const gpuRows = [...rows.filter(({ dtype }) => dtype === 'bfloat16'), longer];

export const help = [
  "Attention on a GPU against PyTorch's: milliseconds, useful rate, errors. Skipped without GPU kernels in the build.",
  '',
  '  --rows A,B     only these rows',
  '  --samples 20   turns a row',
  '  --write        record the results in docs/results',
  '',
  'rows:',
  ...gpuRows.map(({ id, title }) => `  ${id.padEnd(4)} ${title}`),
  '',
  'A few minutes on an H200. Needs a Python with the torch that the addon was built for: EARSIGHT_PYTHON, else python3.',
].join('\n');

/** Useful TFLOP/s on an H200, forward and backward; shared prompts and gates keep 85 % of it. */
const target = { forward: 250, backward: 180 };
const share = { F4: 1, F16: 1, P8: 0.85, V3: 0.85, G8: 0.85 };

function skip(reason) {
  process.stdout.write(`attention-gpu: skipped, ${reason}\n`);
}

/** Cells of one contestant in one direction. */
function cells(row, direction, time) {
  const rate = usefulFlops(row)[direction === 'forward' ? 0 : 1] / time / 1e9;
  const wanted = share[row.id] && share[row.id] * target[direction];
  return [
    time.toFixed(3),
    rate.toFixed(0),
    wanted ? `${wanted.toFixed(0)} ${rate >= wanted ? 'met' : 'missed'}` : '-',
  ];
}

function tableLines({ id, times, skipped, errors }) {
  const row = gpuRows.find((it) => it.id === id);
  const lines = Object.entries(times).flatMap(([name, time]) =>
    ['forward', 'backward'].map((direction) => {
      const [milliseconds, rate, verdict] = cells(row, direction, time[direction]);
      return `| ${id} | ${name} | ${direction} | ${milliseconds} | ${rate} | ${name === 'earsight' ? verdict : '-'} |`;
    }),
  );
  const notes = Object.entries(skipped).map(
    ([name, reason]) => `| ${id} | ${name} | skipped: ${reason} | | | |`,
  );
  const accuracy =
    errors && `| ${id} | errors out dq dk dv | ${errors.map((it) => it.toExponential(1)).join(' ')} | | | |`;
  return [...lines, ...notes, ...(accuracy ? [accuracy] : [])];
}

function page(result) {
  const ceiling = ({ mmBfloat16, copy }) =>
    `${(mmBfloat16 / 1e12).toFixed(0)} TFLOP/s, ${(copy / 1e9).toFixed(0)} GB/s`;
  return [
    '# Attention on a GPU',
    '',
    `${result.device}, PyTorch ${result.torch}. torch.mm in bfloat16 and copy: ${ceiling(result.before)} before, ${ceiling(result.after)} after.`,
    'Median milliseconds by CUDA events, contestants in turns; useful TFLOP/s; targets are for an H200.',
    '',
    '| row | contestant | direction | ms | TFLOP/s | target |',
    '| --- | --- | --- | --- | --- | --- |',
    ...result.rows.flatMap(tableLines),
    '',
    '`npm run test:gpu`',
    '',
  ].join('\n');
}

export async function run({ write, ...given }) {
  const chosen = rowsNamed(gpuRows, given.rows);
  const samples = count('samples', given.samples ?? options.samples.default);

  const release = join(root, 'build', 'Release');
  const built = JSON.parse(readFileSync(join(release, 'earsight.json'), 'utf8'));
  if (!built.cuda) return skip('the addon was built without GPU kernels (docs/gpu.md says what they need)');
  const reason = reasonWithoutTorch(built.libtorch);
  if (reason !== null) return skip(reason);
  const job = {
    library: join(release, 'libearsight_ops.so'),
    torch: built.libtorch,
    samples,
    rows: chosen.map(specOf),
  };
  const script = join(root, 'bench', 'attention', 'gpu.py');
  const result = { rows: [] };
  for await (const { kind, ...fields } of linesOf(script, { name: 'attention-gpu', job })) {
    if (kind === 'skipped') return skip(fields.reason);
    if (kind === 'row') {
      result.rows.push(fields);
      process.stdout.write(`${tableLines(fields).join('\n')}\n`);
    } else {
      Object.assign(result, fields);
    }
  }
  const text = page(result);
  process.stdout.write(`\n${text}`);
  if (!write) return;
  const file = join(root, 'docs', 'results', 'attention-gpu');
  writeFileSync(`${file}.json`, `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(`${file}.md`, text);
}
