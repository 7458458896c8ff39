// --require kill-at-append.cjs. KILL=n: the program is killed (SIGKILL) in the middle of its n-th append to a file; 0: never.
const fs = require('node:fs');
const { appendFileSync } = fs;

let left = Number(process.env.KILL);
fs.appendFileSync = (file, text) => {
  left -= 1;
  if (left === 0) {
    appendFileSync(file, text.slice(0, text.length / 2));
    process.kill(process.pid, 'SIGKILL');
  }
  appendFileSync(file, text);
};
