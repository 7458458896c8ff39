// node --expose-gc: the package loaded again and again, as a test runner that resets its modules does, each time with a
// tensor that nobody disposes, a hook that has run and a pool of media workers.
const { join } = require('node:path');

const entry = join(__dirname, '../../../dist/index.js');
const rounds = 15;
const bytes = 32 * 2 ** 20;

function load() {
  for (const file of Object.keys(require.cache)) {
    if (file.includes('node_modules') || file === __filename) continue;
    delete require.cache[file];
  }
  module.children.length = 0;
  return require(entry);
}

function use() {
  const { media, torch } = load();
  new media.MediaPool();
  const weight = torch.ones([bytes / 4], { requiresGrad: true });
  weight.registerHook((gradient) => gradient.mul(2));
  weight.sum().backward();
  if (weight.grad.index([0]).item() !== 2) throw new Error('the hook did not run');
  return new WeakRef(torch);
}

(async () => {
  const loaded = [];
  for (let i = 0; i < rounds; i += 1) loaded.push(use());
  load();
  for (let i = 0; i < 5; i += 1) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.stdout.write(
    JSON.stringify({
      rounds,
      living: loaded.filter((reference) => reference.deref() !== undefined).length,
      tensors: process.memoryUsage().external / bytes,
      listeners: process.listenerCount('exit'),
    }),
  );
})();
