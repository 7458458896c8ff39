// node --expose-gc: what only the collector can free is freed, counted, and not more than that.
const { memoryStats, scope, torch } = require('../../../dist/tensor/index.js');

const collect = async () => {
  for (let i = 0; i < 3; i += 1) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

(async () => {
  const held = torch.ones([10]);
  const before = memoryStats();
  (() => {
    for (let i = 0; i < 100; i += 1) torch.ones([1000]);
    for (let i = 0; i < 100; i += 1) torch.ones([1000]).dispose();
    scope(() => torch.ones([1000]).mul(2));
  })();
  const full = memoryStats();
  await collect();
  const after = memoryStats();
  process.stdout.write(
    JSON.stringify({
      full: full.liveTensors - before.liveTensors,
      left: after.liveTensors - before.liveTensors,
      bytesLeft: after.cpuBytes - before.cpuBytes,
      freedByGc: after.freedByGc - before.freedByGc,
      held: held.sum().item(),
    }),
  );
})();
