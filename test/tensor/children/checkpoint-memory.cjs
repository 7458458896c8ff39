// Resident bytes that a chain of operators keeps for backward, called plainly and through a checkpoint. To be run with
// MALLOC_MMAP_THRESHOLD_ below an activation: each then has pages of its own, which go back when it is freed. In a
// process with a history the allocator may serve a whole chain from pages that it already holds.
const { setImmediate: turn } = require('node:timers/promises');
const { scope, torch } = require('../../../dist/tensor/index.js');

const length = 40;
const deep = (input) => {
  let y = input;
  for (let i = 0; i < length; i += 1) y = y.sin();
  return y;
};

async function kept(run, x) {
  const before = process.memoryUsage.rss();
  const y = scope(() => run(x));
  const bytes = process.memoryUsage.rss() - before;
  y.dispose();
  await turn(); // disposal waits for the end of synchronous code
  return bytes;
}

const plain = (x) => deep(x);
const checkpointed = (x) => torch.checkpoint(deep, x);

async function main() {
  // Loading and compiling code is no part of what is kept.
  const small = torch.ones([1], { requiresGrad: true });
  for (const run of [plain, checkpointed]) await kept(run, small);
  const x = torch.ones([1 << 20], { requiresGrad: true });
  const activation = 4 << 20;
  const result = {
    plain: (await kept(plain, x)) / activation,
    checkpointed: (await kept(checkpointed, x)) / activation,
  };
  process.stdout.write(JSON.stringify(result));
}

main();
