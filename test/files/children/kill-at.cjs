// killAt(n): from now on, this process ends by SIGKILL instead of its n-th change to the disk (counted from 1; what goes through a descriptor is not counted). Deleting a
// folder counts twice: nothing is deleted, and one entry is.
const fs = require('node:fs');

const changes = {
  fs: ['appendFileSync', 'mkdirSync', 'renameSync', 'rmSync', 'writeFileSync'],
  promises: ['mkdir', 'rename', 'rm', 'writeFile'],
};

function killAt(n) {
  let count = 0;
  const due = () => {
    count += 1;
    if (count === n) process.kill(process.pid, 'SIGKILL');
  };
  const patch = (module, name) => {
    const original = module[name];
    module[name] = (...args) => {
      due();
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
}

module.exports = { killAt };
