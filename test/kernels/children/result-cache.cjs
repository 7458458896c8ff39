// node result-cache.cjs: memoryStats().cachedBytes in MiB while results of attention come and go.
const { avAttention, nodeTable } = require('../../../dist/kernels/index.js');
const { memoryStats, scope, torch } = require('../../../dist/tensor/index.js');

const cached = () => memoryStats().cachedBytes / 2 ** 20;

/** A result of so many MiB; of its rows only the first sees a key. */
function result(mebibytes) {
  return scope(() => {
    const q = torch.zeros([mebibytes * 4096, 1, 64]);
    const { out } = avAttention(q, q, q, nodeTable([{ q: [0, 1], k: [0, 1] }]));
    return out;
  });
}

const reported = [];
const first = result(4);
reported.push(cached());
first.dispose();
torch.ones([1]).dispose(); // the queue of disposed tensors is emptied with the next call
reported.push(cached());
const second = result(4);
reported.push(cached());
for (const live of [second, result(6), result(8)]) live.dispose();
torch.ones([1]).dispose();
reported.push(cached());
torch.ops.earsight.empty_cache();
reported.push(cached());
process.stdout.write(JSON.stringify(reported));
