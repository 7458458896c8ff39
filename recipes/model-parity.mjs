// Differences from transformers and peft on the small folders of the tests, in figures. scripts/fixtures/ records theirs.
//   node recipes/model-parity.mjs [--write docs/results/model-parity.md]
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as earsight from '../dist/index.mjs';
import { compareFolders } from '../test/real/folders.mjs';

const { models, nativeInfo, nn, scope, torch } = earsight;
const { values } = parseArgs({ options: { write: { type: 'string' } } });
const fixtures = fileURLToPath(new URL('../test/fixtures/models', import.meta.url));

const apart = (a, b) => a.detach().to('float32').sub(b.to('float32')).abs().max().item();
const figure = (value) => (value < 0.01 ? value.toExponential(1) : value.toFixed(3));

const page = `# transformers and peft on small folders

\`node recipes/model-parity.mjs\`, libtorch ${nativeInfo().libtorch.version}; transformers 5.24.0 and peft 0.21.2 recorded the other side with
torch 2.13.0. A figure is the largest absolute difference over all inputs; float32 unless a column says bfloat16.

## Families

Greedy decoding gives the same ids in every row. The last columns: how far bfloat16 is from float32.

${table(
  ['folder', 'largest logit', 'logits', 'gradients', 'greedy ids', 'bfloat16, ours', "transformers'"],
  compareFolders(earsight, join(fixtures, 'hf')).map((row) => [
    row.name,
    row.largest.toFixed(2),
    ...[row.logits, row.gradients].map(figure),
    row.steps,
    ...[row.ours, row.theirs].map(figure),
  ]),
)}

## Adapters

Adapters that peft wrote, loaded by \`graph.loadAdapter\`; merged by \`graph.mergeAdapter\`.

${table(
  ['adapter', 'base', 'layers', 'logits', 'gradients', 'merged logits'],
  readdirSync(join(fixtures, 'peft'))
    .filter((name) => !name.startsWith('bf16'))
    .map(adapterRow),
)}
`;
process.stdout.write(page);
if (values.write !== undefined) writeFileSync(values.write, page);

function adapterRow(name) {
  return scope(() => {
    const folder = join(fixtures, 'peft', name);
    const { base_model_name_or_path: base } = JSON.parse(
      readFileSync(join(folder, 'adapter_config.json'), 'utf8'),
    );
    const expected = torch.load(join(folder, 'expected.safetensors'));
    const graph = models.loadGraph(join(fixtures, base));
    const report = graph.loadAdapter(folder);
    const inputIds = expected.ids.toArray().map(Number);
    const logits = graph.logits({ inputIds });
    const last = inputIds.length - 1;
    nn.functional.crossEntropy(logits.narrow(0, 0, last), expected.ids.narrow(0, 1, last)).backward();
    const gradients = graph.adapter
      .namedParameters()
      .map(([key, { grad }]) => apart(grad, expected[`grad.base_model.model.${key}`]));
    graph.mergeAdapter();
    const merged =
      expected.merged === undefined ? '' : figure(apart(graph.logits({ inputIds }), expected.merged));
    const layers = report.text.length + report.saved.length;
    return [
      name,
      base.replace('hf/', ''),
      layers,
      figure(apart(logits, expected.logits)),
      figure(Math.max(...gradients)),
      merged,
    ];
  });
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
