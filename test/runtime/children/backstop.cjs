// Tensors outside scopes, never disposed, in a loop that yields: the garbage collector must keep their bytes bounded.
// It runs only because V8 is told about them; left alone, 1,000 MiB would pile up.
const { memoryStats, torch } = require('../../../dist/tensor/index.js');

(async () => {
  let peak = 0;
  for (let i = 0; i < 250; i += 1) {
    torch.zeros([1 << 20]);
    if (i % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    peak = Math.max(peak, memoryStats().cpuBytes);
  }
  process.stdout.write(JSON.stringify({ peak, freedByGc: memoryStats().freedByGc }));
})();
