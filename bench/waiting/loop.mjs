// A contestant of bench/waiting.mjs: steps of a small network, small operators, attention; all on two threads. Reads lines
// "case warm count", runs the case `warm` times, then `count` times, and answers the nanoseconds of these.

import { createInterface } from 'node:readline';
import { kernels, nativeInfo, nn, optim, scope, torch } from '../../dist/index.mjs';

torch.setNumThreads(2);
torch.manualSeed(0);

function network() {
  const model = new nn.Sequential(
    new nn.Linear(64, 256),
    new nn.ReLU(),
    new nn.Linear(256, 256),
    new nn.ReLU(),
    new nn.Linear(256, 10),
  );
  const optimizer = new optim.AdamW(model.parameters(), { lr: 1e-3 });
  const input = torch.randn([256, 64]);
  const target = torch.randint(10, [256]);
  return () =>
    scope(() => {
      optimizer.zeroGrad();
      nn.functional.crossEntropy(model.forward(input), target).backward();
      optimizer.step();
    });
}

/** 1,000 additions of 4 floats: one thread works, and nothing may be added to the cost of the call. */
function dispatch() {
  const a = torch.ones([4]);
  return () => {
    for (let done = 0; done < 1000; done += 100) {
      scope(() => {
        for (let i = 0; i < 100; i += 1) a.add(a);
      });
    }
  };
}

/** Forward and backward of causal attention over 512 tokens, 4 heads of 64. */
function attention() {
  const tokens = 512;
  const [q, k, v] = Array.from({ length: 3 }, () => torch.randn([tokens, 4, 64]));
  for (const input of [q, k, v]) input.requiresGrad = true;
  const nodes = kernels.nodeTable([{ q: [0, tokens], k: [0, tokens], causal: true }]);
  return () =>
    scope(() => {
      kernels.avAttention(q, k, v, nodes).out.sum().backward();
      for (const input of [q, k, v]) input.grad = null;
    });
}

const cases = { network: network(), dispatch: dispatch(), attention: attention() };

process.stdout.write(`${nativeInfo().libtorch.version}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, warm, count] = line.split(' ');
  for (let i = 0; i < Number(warm); i += 1) cases[name]();
  const start = process.hrtime.bigint();
  for (let i = 0; i < Number(count); i += 1) cases[name]();
  process.stdout.write(`${process.hrtime.bigint() - start}\n`);
}
