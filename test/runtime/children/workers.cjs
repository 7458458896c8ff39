// 50 worker threads load the addon: most run and end, every fifth is terminated in the middle of operators.
const { isMainThread, Worker, parentPort } = require('node:worker_threads');
const { memoryStats, noGrad, scope, torch } = require('../../../dist/tensor/index.js');

function work() {
  torch.setNumThreads(1);
  const w = torch.ones([16, 16], { requiresGrad: true });
  w.registerHook((grad) => grad.mul(1));
  scope(() => w.matmul(w).relu().sum().backward());
  noGrad(() => w.sub_(0.1));
  return w.grad.sum().item();
}

function endless() {
  parentPort.postMessage('running');
  const x = torch.ones([64, 64], { requiresGrad: true });
  x.registerHook((grad) => grad.mul(1));
  for (;;) scope(() => x.matmul(x).exp().sum().backward());
}

async function main() {
  const before = memoryStats().liveTensors;
  const results = { ended: 0, terminated: 0, sums: new Set() };
  const run = (kind) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(__filename, { argv: [kind] });
      worker.on('error', reject);
      worker.on('message', async (message) => {
        if (message !== 'running') {
          results.sums.add(message);
          return;
        }
        await new Promise((wait) => setTimeout(wait, 5));
        await worker.terminate();
        results.terminated += 1;
      });
      worker.on('exit', (code) => {
        if (kind === 'work' && code === 0) results.ended += 1;
        resolve();
      });
    });
  for (let i = 0; i < 50; i += 5) {
    await Promise.all([...Array(4).fill('work'), 'endless'].map(run));
    work();
  }
  process.stdout.write(
    JSON.stringify({
      ...results,
      sums: [...results.sums],
      mine: work(),
      before,
      works: torch.ones([2]).sum().item(),
    }),
  );
}

if (isMainThread) main();
else if (process.argv[2] === 'work') parentPort.postMessage(work());
else endless();
