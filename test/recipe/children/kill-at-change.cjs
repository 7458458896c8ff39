// --require kill-at-change.cjs. KILL=n: the program is killed (SIGKILL) in the middle of its n-th change to the disk; 0: never.
// KILL=<end of a path>: before the first file or folder gets that name. What the program starts is not killed. Prints at its
// end how many changes it made, and the names that it gave.
const fs = require('node:fs');
const { killAt } = require('../../files/children/kill-at.cjs');

const at = process.env.KILL;
delete process.env.KILL;
if (at !== undefined) {
  const changes = killAt(Number(at) || 0, { torn: true });
  const names = new Set();
  const { renameSync } = fs;
  fs.renameSync = (from, to) => {
    if (Number.isNaN(Number(at)) && to.endsWith(at)) process.kill(process.pid, 'SIGKILL');
    if (!to.includes('.partial')) names.add(to);
    renameSync(from, to);
  };
  process.on('exit', () => process.stderr.write(`\nchanges ${changes()}\nnames ${[...names].join(' ')}\n`));
}
