// Finds a libtorch on this machine, the same way at build time and at load time:
//   1. LIBTORCH, if set: an explicit choice is used or refused, never passed over
//   2. the choice recorded by an earlier bootstrap, so that nothing changes because a shell has another environment
//   3. an installed Python torch, found by its version file (importing it would take seconds and could fail)
//   4. a download of an earlier bootstrap
// Whatever is passed over is listed with its reason; the loader's error shows that list.

const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, readdirSync } = require('node:fs');
const { dirname, isAbsolute, join, relative, resolve } = require('node:path');
const { replaceFile } = require('../bootstrap/replace-file.cjs');
const { readLibtorch, versionProblem } = require('./layout.cjs');

/** The cache folder: downloads and the recorded choice. EARSIGHT_CACHE moves it out of the package. */
const cacheFolder = (root, env = process.env) => resolve(env.EARSIGHT_CACHE || join(root, '.cache'));

const stampFile = (root, env) => join(cacheFolder(root, env), 'libtorch.json');

/** { root, version, source, sha256?, url? } of the recorded choice, or undefined. */
function readStamp(root, env = process.env) {
  const file = stampFile(root, env);
  if (!existsSync(file)) return undefined;
  try {
    const stamp = JSON.parse(readFileSync(file, 'utf8'));
    return { ...stamp, root: resolve(dirname(file), stamp.root) };
  } catch (cause) {
    throw new Error(`${file}, the record of the chosen libtorch, is damaged: delete it to choose again`, {
      cause,
    });
  }
}

/** Records the choice. Folders inside the cache are kept relative, so that the whole can be moved. */
function writeStamp(root, stamp, env = process.env) {
  const file = stampFile(root, env);
  const inside = relative(dirname(file), stamp.root);
  const movable = !inside.startsWith('..') && !isAbsolute(inside);
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(file, `${JSON.stringify({ ...stamp, root: movable ? inside : stamp.root }, null, 2)}\n`);
}

/** torch folders on the path of the machine's Python (EARSIGHT_PYTHON, else python3). */
function pythonTorchFolders(env) {
  const code = 'import sys, json; print(json.dumps(sys.path))';
  const python = env.EARSIGHT_PYTHON || 'python3';
  const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8', env, timeout: 20_000 });
  if (status !== 0) return [];
  const folders = JSON.parse(stdout).filter(isAbsolute);
  return folders
    .map((folder) => join(folder, 'torch'))
    .filter((folder) => existsSync(join(folder, 'version.py')));
}

function downloadedFolders(root, env) {
  const downloads = join(cacheFolder(root, env), 'libtorch');
  if (!existsSync(downloads)) return [];
  const names = readdirSync(downloads, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names
    .map((entry) => join(downloads, entry.name))
    .filter((folder) => existsSync(join(folder, 'lib')));
}

/**
 * Looks for a libtorch. `root` is the package folder, `builtAgainst` the version that a compiled addon needs,
 * `headers` whether include/ must be there too. Returns { libtorch?, source?, tried: [{ where, why }] }.
 */
function findLibtorch({ root, builtAgainst, headers = false, env = process.env }) {
  const tried = [];
  const attempt = (source, folder) => {
    try {
      const libtorch = readLibtorch(folder);
      const problem =
        versionProblem(libtorch.version, builtAgainst) ??
        (headers && !existsSync(libtorch.include) ? 'it has no include/ folder to build against' : undefined);
      if (problem) throw new Error(problem);
      return { libtorch, source, tried };
    } catch (error) {
      tried.push({ where: `${source} ${folder}`, why: error.message });
      return undefined;
    }
  };

  if (env.LIBTORCH) return attempt('LIBTORCH', env.LIBTORCH) ?? { tried, explicit: true };
  tried.push({ where: 'LIBTORCH', why: 'not set' });

  const stamp = readStamp(root, env);
  if (!stamp) tried.push({ where: `recorded choice ${stampFile(root, env)}`, why: 'none' });
  const searches = [
    ['recorded choice', () => (stamp ? [stamp.root] : [])],
    ["Python's torch", () => pythonTorchFolders(env)],
    ['download', () => downloadedFolders(root, env)],
  ];
  for (const [source, folders] of searches) {
    const found = folders();
    for (const folder of found) {
      const result = attempt(source, folder);
      if (result) return result;
    }
    if (found.length === 0 && source === "Python's torch") {
      tried.push({ where: `torch of ${env.EARSIGHT_PYTHON || 'python3'}`, why: 'not installed' });
    }
    if (found.length === 0 && source === 'download') {
      tried.push({ where: `download in ${join(cacheFolder(root, env), 'libtorch')}`, why: 'none' });
    }
  }
  return { tried };
}

module.exports = { cacheFolder, findLibtorch, readStamp, writeStamp };
