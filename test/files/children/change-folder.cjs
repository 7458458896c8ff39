// change-folder.cjs <folder> <n> <replace | remove>
//
// Replaces or removes `folder`/whole, which holds the files a and b with one text, and is killed at its n-th change.
const { writeFile } = require('node:fs/promises');
const { join } = require('node:path');
const { removeFolder, replaceFolder } = require('../../../dist/files/index.js');
const { killAt } = require('./kill-at.cjs');

const [folder, n, kind] = process.argv.slice(2);
const whole = join(folder, 'whole');

async function main() {
  killAt(Number(n));
  if (kind === 'remove') return removeFolder(whole);
  await replaceFolder(whole, async (partial) => {
    for (const name of ['a', 'b']) await writeFile(join(partial, name), 'new');
  });
}

main();
