// Resident bytes that a teacher-forced pass of a small text decoder keeps for backward, and what is predicted of them.
// To be run with MALLOC_MMAP_THRESHOLD_ below an activation: each then has pages of its own.
const { OmniGraph, parseOmniConfig } = require('../../../dist/models/index.js');
const { scope } = require('../../../dist/tensor/index.js');
const { completionLogprobs } = require('../../../dist/train/index.js');

const text = {
  vocab: 500,
  hiddenSize: 128,
  layers: 4,
  heads: 8,
  kvHeads: 4,
  headDim: 32,
  intermediate: 384,
  qkNorm: true,
  mropeSection: [8, 4, 4],
};
const config = parseOmniConfig({
  text,
  positions: { rule: 'merged', idsPerSecond: 4 },
  initializerRange: 0.1,
});
const graph = new OmniGraph(config);
const ids = (length) => Array.from({ length }, (_, i) => i % text.vocab);

function pass(prompt, completion) {
  const root = { spans: [{ kind: 'text', length: 1 }], textIds: [0] };
  const answer = { ids: ids(completion), lossMask: Array(completion).fill(1) };
  const tree = { root, children: [{ ids: ids(prompt - 1), children: [answer] }] };
  return scope(() => completionLogprobs(graph, [tree]).logp);
}

pass(2, 2).dispose(); // loading and compiling code is no part of what is kept
const before = process.memoryUsage.rss();
const kept = pass(3000, 100);
const measured = process.memoryUsage.rss() - before;
process.stdout.write(
  JSON.stringify({ measured, predicted: graph.activationBytes(3100, 100), live: kept.shape }),
);
