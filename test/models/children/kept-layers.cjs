// Resident bytes that a teacher-forced pass keeps for backward, with its layers recomputed and without. To be run with
// MALLOC_MMAP_THRESHOLD_ below an activation: each then has pages of its own.
const { setImmediate: turn } = require('node:timers/promises');
const { buildGraph } = require('../../../dist/models/index.js');
const { scope, torch } = require('../../../dist/tensor/index.js');
const { completionLogprobs } = require('../../../dist/train/index.js');

torch.manualSeed(1);
const graph = buildGraph({
  model_type: 'qwen2',
  vocab_size: 300,
  hidden_size: 128,
  num_hidden_layers: 8,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 384,
}).train();

function pass(length, recomputed) {
  graph.gradientCheckpointing = recomputed;
  const ids = Array.from({ length }, (_, i) => i % 300);
  const lossMask = ids.map((_, i) => Number(i >= length - 100));
  const tree = { root: { spans: [], textIds: [] }, children: [{ ids, lossMask }] };
  return scope(() => completionLogprobs(graph, [tree]).logp);
}

async function kept(length, recomputed) {
  const before = process.memoryUsage.rss();
  const logp = pass(length, recomputed);
  const bytes = process.memoryUsage.rss() - before;
  logp.dispose();
  await turn(); // disposal waits for the end of synchronous code
  return bytes;
}

async function main() {
  // Loading and compiling code is no part of what is kept.
  for (const recomputed of [false, true]) await kept(200, recomputed);
  const result = {
    plain: await kept(3000, false),
    recomputed: await kept(3000, true),
    predicted: graph.activationBytes(3000, 100, true),
  };
  process.stdout.write(JSON.stringify(result));
}

main();
