// The thread that watches for shared cores sleeps once no operators run, and wakes with the next one; else this never ends.
const { readdirSync, readFileSync } = require('node:fs');
const { torch } = require('../../../dist/index.js');

const read = (thread, file) => readFileSync(`/proc/self/task/${thread}/${file}`, 'utf8').trim();
const [watcher] = readdirSync('/proc/self/task').filter((thread) => read(thread, 'comm') === 'earsight-wait');
const turns = () => Number(read(watcher, 'schedstat').split(' ')[2]);
const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

/** Until the thread had a turn in the last 0.2 s, or until it had none. */
async function until(wanted, between = () => {}) {
  for (;;) {
    const before = turns();
    between();
    await pause();
    if (turns() > before === wanted) return;
  }
}

async function main() {
  const x = torch.ones([4]);
  await until(false);
  await until(true, () => x.add(x).dispose());
  await until(false);
  process.stdout.write('slept, woke, slept');
}

main();
