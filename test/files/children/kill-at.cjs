// killAt(n): from now on, this process ends by SIGKILL instead of its n-th change to the disk (counted from 1). What goes
// through a descriptor is not counted. Deleting a folder counts twice: nothing is deleted, and one entry is.
// killAt(n, { torn: true }): what goes through a descriptor is counted too, and of a write that is due the first half
// reaches the disk.
// Both return a function that tells how many changes were made.
const fs = require('node:fs');

const changes = {
  fs: ['appendFileSync', 'mkdirSync', 'renameSync', 'rmSync', 'writeFileSync'],
  promises: ['mkdir', 'rename', 'rm', 'writeFile'],
  descriptors: ['fsyncSync', 'writeSync'],
};

function killAt(n, { torn = false } = {}) {
  let count = 0;
  const { appendFileSync, writeSync } = fs;
  const due = (half) => {
    count += 1;
    if (count !== n) return;
    if (torn) half?.();
    process.kill(process.pid, 'SIGKILL');
  };
  const halves = {
    appendFileSync: ([file, data]) => appendFileSync(file, data.slice(0, data.length / 2)),
    writeSync: ([descriptor, bytes]) =>
      ArrayBuffer.isView(bytes) && writeSync(descriptor, bytes, 0, bytes.byteLength >> 1),
  };
  const patch = (module, name) => {
    const original = module[name];
    module[name] = (...args) => {
      due(halves[name] && (() => halves[name](args)));
      const [path, options] = args;
      if (
        options?.recursive &&
        name.startsWith('rm') &&
        fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()
      ) {
        const [entry] = fs.readdirSync(path);
        if (entry !== undefined && count + 1 === n) fs.unlinkSync(`${path}/${entry}`);
        due();
      }
      return original(...args);
    };
  };
  for (const name of changes.fs) patch(fs, name);
  for (const name of changes.promises) patch(fs.promises, name);
  if (torn) for (const name of changes.descriptors) patch(fs, name);
  return () => count;
}

module.exports = { killAt };
