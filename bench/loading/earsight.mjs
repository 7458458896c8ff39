// node earsight.mjs <folder> <dtype> <threads>: bytes of memory and seconds of loadGraph and of a first pass.
import { readFileSync, writeFileSync } from 'node:fs';
import earsight from '../../dist/index.js';

const { models, noGrad, scope, torch } = earsight;
const [folder, dtype, threads] = process.argv.slice(2);

/** Bytes; VmHWM is the most that was resident. */
function resident(field) {
  const [, kilobytes] = new RegExp(`${field}:\\s*(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'));
  return 1024 * Number(kilobytes);
}

function seconds(run) {
  const start = performance.now();
  const result = run();
  return [result, (performance.now() - start) / 1e3];
}

const pass = (graph) => noGrad(() => scope(() => graph.logits({ inputIds: [1, 2, 3] })));

torch.setNumThreads(Number(threads));
const sizes = { vocab_size: 64, hidden_size: 1024, intermediate_size: 4096, num_hidden_layers: 1 };
const small = { model_type: 'qwen2', ...sizes, num_attention_heads: 16, num_key_value_heads: 8 };
pass(models.buildGraph(small).to(dtype));
writeFileSync('/proc/self/clear_refs', '5'); // VmHWM begins anew
const before = resident('VmRSS');
const [graph, loadSeconds] = seconds(() => models.loadGraph(folder, { dtype }));
const loaded = resident('VmHWM') - before;
const [, passSeconds] = seconds(() => pass(graph));
const passed = resident('VmHWM') - before;
process.stdout.write(`${JSON.stringify({ loaded, passed, loadSeconds, passSeconds })}\n`);
