// 10,000 training-like steps in scopes: forward, backward, an optimizer's update with state, fresh gradients.
const { keep, memoryStats, noGrad, scope, torch } = require('../../../dist/tensor/index.js');

torch.setNumThreads(1);
torch.manualSeed(0);
const sizes = [[8, 16], [16], [16, 4], [4]];
const parameters = sizes.map((size) => {
  const p = keep(torch.randn(size).mul_(0.3));
  p.requiresGrad = true;
  return p;
});
const moments = parameters.map((p) => keep(torch.zerosLike(p)));

function step() {
  return scope(() => {
    const [w1, b1, w2, b2] = parameters;
    const x = torch.randn([32, 8]);
    const target = x.index([torch.slice(), torch.slice(0, 4)]).sin();
    const hidden = x.matmul(w1).add(b1).tanh();
    const loss = hidden.matmul(w2).add(b2).sub(target).pow(2).mean();
    loss.backward();
    noGrad(() => {
      for (const [i, p] of parameters.entries()) {
        moments[i].mul_(0.9).add_(p.grad);
        p.sub_(moments[i], { alpha: 0.01 });
        p.grad = null;
      }
    });
    return loss.item();
  });
}

const total = Number(process.argv[2]);
const tenth = total / 10;
// The heap of compiled code grows for a while; what is compared is the time after that.
const warm = 3 * tenth;
let first = 0;
for (let i = 0; i < warm; i += 1)
  if (i < tenth) first += step() / tenth;
  else step();
const before = {
  live: memoryStats().liveTensors,
  bytes: memoryStats().cpuBytes,
  rss: process.memoryUsage.rss(),
};
let last = 0;
for (let i = warm; i < total; i += 1)
  if (i >= total - tenth) last += step() / tenth;
  else step();
const after = {
  live: memoryStats().liveTensors,
  bytes: memoryStats().cpuBytes,
  rss: process.memoryUsage.rss(),
};
const { freedByGc } = memoryStats();
const weights = parameters.map((p) =>
  Buffer.from(new Float32Array(p.detach().reshape([-1]).toArray()).buffer).toString('base64'),
);
process.stdout.write(JSON.stringify({ before, after, first, last, freedByGc, weights }));
