// Makes the native side ready: a libtorch and an addon compiled against it. Used by the bootstrap of a checkout and by
// `earsight build` in an installed package.

const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { libraryProblem, platformProblem, publicVersion } = require('../libtorch/layout.cjs');
const { fetchLibtorch } = require('../libtorch/fetch.cjs');
const { cacheFolder, findLibtorch, writeStamp } = require('../libtorch/locate.cjs');
const sources = require('../libtorch/sources.cjs');
const { withLock } = require('./lock.cjs');
const { buildNative } = require('./native.cjs');

/** Finds or fetches libtorch and compiles the addon if its inputs changed. Returns the libtorch. */
async function setUpNative({ root, env = process.env }) {
  checkPlatform();
  const libtorch = await ensureLibtorch({ root, env, headers: true });
  await buildNative({ root, libtorch, env });
  return libtorch;
}

/**
 * The same for an installed package: a prebuilt addon only needs its libtorch, and is compiled anew only when the
 * user names another one with LIBTORCH or when this platform has none.
 */
async function setUpInstalled({ root, env = process.env }) {
  checkPlatform();
  return withLock(
    join(cacheFolder(root, env), 'setup.lock'),
    () => process.stderr.write('waiting for another set-up of this package\n'),
    async () => {
      const builtAgainst = prebuiltFor(root);
      const usable = builtAgainst && publicVersion(builtAgainst) === sources.version;
      const conflict = env.LIBTORCH && !findLibtorch({ root, env, builtAgainst }).libtorch;
      if (usable && !conflict) return ensureLibtorch({ root, env, builtAgainst });
      return setUpNative({ root, env });
    },
  );
}

/** The libtorch version of the prebuilt addon, if it is the one that would be loaded. */
function prebuiltFor(root) {
  if (existsSync(join(root, 'build', 'Release', 'earsight.node'))) return undefined;
  const record = join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'earsight.json');
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')).libtorch : undefined;
}

async function ensureLibtorch({ root, env, ...wanted }) {
  const { libtorch, source, tried, explicit } = findLibtorch({ root, env, ...wanted });
  if (libtorch) {
    if (source !== 'recorded choice')
      writeStamp(root, { root: libtorch.root, version: libtorch.version, source }, env);
    return libtorch;
  }
  if (explicit) throw new Error(`${tried[0].where} cannot be used: ${tried[0].why}`);
  writeStamp(root, await fetchLibtorch({ root, env }), env);
  return findLibtorch({ root, env, ...wanted }).libtorch;
}

function checkPlatform() {
  const problem = platformProblem() ?? libraryProblem();
  if (problem) throw new Error(problem);
}

module.exports = { setUpInstalled, setUpNative };
