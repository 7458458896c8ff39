// Worker threads that are terminated while they register the addon: `node terminate-at-load.cjs <count>`.
// Prints how many workers had reached the registration, and what the main thread computes afterwards.
const { isMainThread, Worker, workerData } = require('node:worker_threads');

/** Sets the flag when the addon's registration begins, and loads the package. */
function load(flag) {
  const open = process.dlopen;
  process.dlopen = (module, file, ...rest) => {
    if (file.endsWith('libearsight_node.so')) Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    return open(module, file, ...rest);
  };
  return require('../../../dist/tensor/index.js');
}

async function main(count) {
  const { torch } = load(new Int32Array(1)); // What is slow happens once a process.
  let reached = 0;
  for (let i = 0; i < count; i += 1) {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(__filename, { workerData: flag });
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    await new Promise((resolve) => worker.once('online', resolve));
    if (Atomics.wait(flag, 0, 0, 20_000) !== 'timed-out') reached += 1;
    // Registration takes some 200 us; every part of it is met.
    const until = performance.now() + (0.5 * (i % 50)) / 50;
    while (performance.now() < until);
    await worker.terminate();
    await gone;
  }
  process.stdout.write(JSON.stringify({ reached, works: torch.ones([2]).sum().item() }));
}

if (isMainThread) main(Number(process.argv[2]));
else load(workerData);
