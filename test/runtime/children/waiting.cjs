// Threads that wait for their team, under the variables given: what is in effect, how often a thread went to sleep while
// operators ran, and the bits of a training on two threads.
const { createHash } = require('node:crypto');
const { native, waiting } = require('../../../dist/runtime/index.js');
const { nn, optim, torch, scope } = require('../../../dist/index.js');

torch.setNumThreads(2);
torch.manualSeed(0);

/** Threads that went to sleep while `count` operators ran on two threads, with 0.2 ms between them. */
function sleeps(count) {
  const x = torch.ones([256, 1024]);
  const before = process.resourceUsage().voluntaryContextSwitches;
  for (let i = 0; i < count; i += 1) {
    scope(() => x.add(x));
    const end = process.hrtime.bigint() + 200_000n;
    while (process.hrtime.bigint() < end);
  }
  return process.resourceUsage().voluntaryContextSwitches - before;
}

function training() {
  const model = new nn.Sequential(new nn.Linear(64, 256), new nn.ReLU(), new nn.Linear(256, 10));
  const optimizer = new optim.AdamW(model.parameters(), { lr: 1e-3 });
  const input = torch.randn([256, 64]);
  const target = torch.randint(10, [256]);
  for (let i = 0; i < 2; i += 1)
    scope(() => {
      optimizer.zeroGrad();
      nn.functional.crossEntropy(model.forward(input), target).backward();
      optimizer.step();
    });
  const hash = createHash('sha256');
  for (const weights of model.parameters()) hash.update(JSON.stringify(weights.detach().toArray()));
  return hash.digest('hex');
}

const bits = training();
const asleep = native.waitingSleeps();
process.stdout.write(JSON.stringify({ ...waiting, asleep, bits, sleeps: asleep ? sleeps(400) : null }));
