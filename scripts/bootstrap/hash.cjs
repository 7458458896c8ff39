// Content hashes decide what is stale: a fresh checkout, a touched file or another clock cannot fool them.

const { createHash } = require('node:crypto');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join, relative } = require('node:path');

/** Every file under `folders` (relative to `root`) whose path `accept` takes, sorted. */
function filesUnder(root, folders, accept) {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter(accept)
    .sort();
}

/** sha256 over the names and contents of `files` and over `facts`, any JSON value that the output depends on. */
function contentHash(root, files, facts) {
  const hash = createHash('sha256').update(JSON.stringify(facts));
  for (const file of files) hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

module.exports = { contentHash, filesUnder };
