// docs/results/real-models.md

import { cpus } from 'node:os';

const table = (header, lines) =>
  [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

const oneLine = (text) => text.trim().replaceAll(/\s+/g, ' ').replaceAll(/[|`]/g, '').slice(0, 90);

export function pageOf({ requirement, folders, versions, threads, logits, greedy, speed }) {
  const pairs = speed[0].samples.length;
  return [
    '# Published models against transformers',
    '',
    '## Small folders',
    '',
    'The folders of the tests (`scripts/fixtures/hf_models.py`), with what transformers recorded in them: largest differences',
    'over three inputs of 1, 20 and 64 tokens, gradients of the longest, and greedy decoding over a cache.',
    '',
    ...table(
      [
        'folder',
        'largest logit',
        'logits',
        'gradients',
        'bfloat16 to float32, ours',
        "transformers'",
        'equal ids',
      ],
      folders.map((row) => [
        ...[row.name, row.largest.toFixed(1), row.logits.toExponential(1), row.gradients.toExponential(1)],
        ...[row.ours.toFixed(3), row.theirs.toFixed(3), `${row.steps} of ${row.steps}`],
      ]),
    ),
    '',
    '## SmolLM2',
    '',
    `SmolLM2-135M-Instruct (Apache-2.0), the GGUF Q4_1 file of the Python package ${requirement}, dequantised by`,
    '`scripts/convert_gguf.py` to a Hugging Face folder with float32 weights, which both programs load. The suite fails where',
    'float32 logits differ by more than 1e-5 of the largest, where bfloat16 is more than twice as far from float32 as',
    'transformers, or where prompts, greedy ids or text differ.',
    '',
    '### Logits',
    '',
    ...table(
      ['text', 'tokens', 'largest logit', 'difference', 'bfloat16 to float32, ours', "transformers'"],
      logits.map((row) => [
        ...[row.name, row.tokens, row.largest.toFixed(1), row.difference.toExponential(1)],
        ...[row.ours.toFixed(2), row.theirs.toFixed(2)],
      ]),
    ),
    '',
    '### Greedy text',
    '',
    'Equal, id by id, of the graph (`generateIds`) and, for single questions, of the whole model (`OmniModel.generate`):',
    '',
    ...table(
      ['tokens of the prompt', 'text'],
      greedy.map((row) => [row.prompt, oneLine(row.text)]),
    ),
    '',
    '### Tokens a second',
    '',
    `Medians of ${pairs} turns; ratio: the median of ours over theirs in a turn.`,
    '',
    ...table(
      ['what', 'dtype', 'ours', 'transformers', 'ratio'],
      speed.map(({ name, dtype, samples }) => [
        ...[name, dtype],
        ...['ours', 'theirs'].map((side) => median(samples.map((sample) => sample[side])).toFixed(1)),
        median(samples.map(({ ours, theirs }) => ours / theirs)).toFixed(2),
      ]),
    ),
    '',
    `${cpus()[0].model}, ${threads} threads each, Node ${process.version}, transformers ${versions.transformers}, PyTorch ${versions.torch}.`,
    '`npm run test:real`',
    '',
  ].join('\n');
}
