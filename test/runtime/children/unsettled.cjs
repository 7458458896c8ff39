// node --expose-gc: scopes whose promise can no longer settle, and scopes that only look like it.
const { EventEmitter } = require('node:events');
const { memoryStats, scope, torch } = require('../../../dist/tensor/index.js');

const warnings = [];
process.on('warning', ({ name, code, message }) => warnings.push({ name, code, message }));

const tick = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const collect = async () => {
  for (let i = 0; i < 6; i += 1) {
    gc();
    await tick(5);
  }
};

function neverSettles() {
  scope(async () => {
    torch.ones([1000]);
    torch.ones([1000]).add(1);
    await new Promise(() => {});
  });
}

(async () => {
  const before = memoryStats().liveTensors;
  const emitter = new EventEmitter();
  let used;
  let looked = false; // keeps a timer going until the collector has run, however slow the machine
  const settles = [];
  (() => {
    for (let i = 0; i < 3; i += 1) neverSettles();
    // What is still used outlives its scope.
    scope(async () => {
      const weight = torch.full([1], 6);
      emitter.on('use', () => {
        used = weight.item();
      });
      await new Promise(() => {});
    });
    // These settle, by a timer and by somebody who holds the way to settle them.
    settles.push(scope(async () => { torch.ones([5]); while (!looked) await tick(10); return 'timer'; }));
    settles.push(scope(() => new Promise((resolve) => { torch.ones([5]); emitter.on('resolve', () => resolve('held')); })));
  })();
  const pending = memoryStats().liveTensors - before;
  await collect();
  const collected = memoryStats().liveTensors - before;
  looked = true;
  emitter.emit('use');
  emitter.emit('resolve');
  const settled = await Promise.all(settles);
  await collect();
  process.stdout.write(JSON.stringify({
    pending, collected, used, settled, warnings,
    left: memoryStats().liveTensors - before,
  }));
})(); // biome-ignore format: compact closures
