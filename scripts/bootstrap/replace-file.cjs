// Small files that appear under their name only when they are whole; as lib/files does it.

const { randomBytes } = require('node:crypto');
const { renameSync, rmSync, writeFileSync } = require('node:fs');

/** A name beside `path` that nobody can guess. */
const partialName = (path) => `${path}.${randomBytes(8).toString('hex')}.partial`;

/** Replaces `file` by `text`; a failure leaves the old file and nothing else. */
function replaceFile(file, text) {
  const partial = partialName(file);
  try {
    writeFileSync(partial, text, { flag: 'wx' });
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

module.exports = { partialName, replaceFile };
