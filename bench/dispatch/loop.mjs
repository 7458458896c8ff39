// The TypeScript contestant of bench/dispatch.mjs. Reads lines "case warm count", runs the case `warm` times, then
// `count` times, and answers the nanoseconds of these. Results are freed by the scopes that they are made in.

import { createInterface } from 'node:readline';
import earsight from '../../dist/index.js';

const { nativeInfo, scope, torch } = earsight;

torch.setNumThreads(1);
const a = torch.ones([4]);
const b = torch.full([4], 2);
const m = torch.full([64, 64], 0.5);

const cases = {
  tiny(count) {
    for (let done = 0; done < count; done += 100) {
      scope(() => {
        for (let i = 0; i < 100; i += 1) a.add(b);
      });
    }
  },
  chain(count) {
    for (let i = 0; i < count; i += 1) {
      scope(() => {
        a.add(b).mul(b).sub(a).div(b).relu().neg().exp().tanh().add(a).mul(b);
      });
    }
  },
  matmul(count) {
    for (let done = 0; done < count; done += 10) {
      scope(() => {
        for (let i = 0; i < 10; i += 1) m.matmul(m);
      });
    }
  },
};

process.stdout.write(`${nativeInfo().libtorch.version}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, warm, count] = line.split(' ');
  cases[name](Number(warm));
  const start = process.hrtime.bigint();
  cases[name](Number(count));
  process.stdout.write(`${process.hrtime.bigint() - start}\n`);
}
