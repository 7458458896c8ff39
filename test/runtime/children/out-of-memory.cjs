// node --expose-gc, under an address-space limit that leaves room for one large tensor but not for two: what was
// disposed, and what the collector found but nobody freed yet, must make room.
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { native } = require('../../../dist/runtime/index.js');
const { memoryStats, torch } = require('../../../dist/tensor/index.js');

const bytes = 2 ** 30;
const make = () => torch.empty([bytes / 4]);
const codeOf = (run) => {
  try {
    return run() && 'fits';
  } catch (error) {
    return [error.name, error.code, error.bytesRequested, error.op];
  }
};

let retries = 0;
const { releaseCaches } = native;
native.releaseCaches = () => {
  retries += 1;
  releaseCaches();
};

torch.ones([1]).dispose();
const virtual = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]) * 4096;
execFileSync('prlimit', ['--pid', String(process.pid), `--as=${virtual + 1.5 * bytes}`]);

const report = {};
let held = make();
report.second = codeOf(make);
held.dispose(); // queued in the wire buffer
report.afterDispose = codeOf(() => {
  held = make();
  return true;
});

// The collector reports the handle; the turn of the event loop that would free it never comes.
globalThis.setImmediate = () => {};
held = null;
const poll = setInterval(() => {
  gc();
  if (memoryStats().freedByGc === 0) return;
  clearInterval(poll);
  report.retriesBefore = retries;
  report.collected = codeOf(() => make().dispose() ?? true);
  process.stdout.write(JSON.stringify({ ...report, retries, live: memoryStats().liveTensors }));
}, 5);
