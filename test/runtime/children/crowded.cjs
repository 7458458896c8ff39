// Runs operators on two threads until waiting threads sleep. The machine is made busy by whoever starts it.
const { native } = require('../../../dist/runtime/index.js');
const { scope, torch } = require('../../../dist/index.js');

torch.setNumThreads(2);
const x = torch.ones([256, 1024]);
while (!native.waitingSleeps()) scope(() => x.add(x));
process.stdout.write('asleep');
