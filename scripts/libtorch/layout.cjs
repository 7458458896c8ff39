// What counts as a libtorch: a folder with lib/ (and include/, to build against) of a supported version, on a
// supported platform. Plain CommonJS without packages, because two very different callers share it: the bootstrap of
// a fresh clone, before anything is installed, and the loader of an installed package.

const { existsSync, readFileSync, readdirSync } = require('node:fs');
const { join, resolve } = require('node:path');
const sources = require('./sources.cjs');

const suffix = process.platform === 'darwin' ? '.dylib' : '.so';

/** Reads `folder` as a libtorch. Returns { root, lib, include, version, cuda } or throws an Error that says why not. */
function readLibtorch(folder) {
  const root = resolve(folder);
  const lib = join(root, 'lib');
  for (const name of ['libc10', 'libtorch_cpu', 'libtorch']) {
    if (!existsSync(join(lib, name + suffix))) throw new Error(`it has no lib/${name}${suffix}`);
  }
  const version = readVersion(root);
  if (!version) throw new Error('its version is unknown (no version.py, build-version or version.h)');
  return {
    root,
    lib,
    include: join(root, 'include'),
    version,
    cuda: existsSync(join(lib, `libtorch_cuda${suffix}`)),
  };
}

/** The full version with its local part ('2.13.0+cpu'): a wheel's file, else an archive's, else the header's. */
function readVersion(root) {
  const wheel = readIfThere(join(root, 'version.py')).match(/^__version__\s*=\s*['"]([^'"]+)['"]/m);
  if (wheel) return wheel[1];
  const archive = readIfThere(join(root, 'build-version')).trim();
  if (archive) return archive;
  for (const header of ['torch/headeronly/version.h', 'torch/csrc/api/include/torch/version.h']) {
    const text = readIfThere(join(root, 'include', header));
    const [major, minor, patch] = ['MAJOR', 'MINOR', 'PATCH'].map(
      (part) => text.match(new RegExp(`define TORCH_VERSION_${part} (\\d+)`))?.[1],
    );
    if (major && minor && patch) return `${major}.${minor}.${patch}`;
  }
  return undefined;
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** '2.13.0+cpu' -> '2.13.0': what two libtorches must share to be binary compatible. */
const publicVersion = (version) => version.split('+')[0];

/**
 * Why a version cannot be used, or undefined if it can. `builtAgainst` is the version that the addon was compiled
 * with: libtorch's C++ interface changes with every release, so it must be the same one.
 */
function versionProblem(version, builtAgainst) {
  const { from, to } = sources.supported;
  const range = `${from.join('.')} to ${to.join('.')}`;
  const [major, minor] = publicVersion(version).split('.').map(Number);
  const rank = (pair) => pair[0] * 1000 + pair[1];
  const own = rank([major, minor]);
  if (!(own >= rank(from) && own <= rank(to))) {
    return `it is libtorch ${version}; earsight supports ${range}`;
  }
  if (builtAgainst && publicVersion(version) !== publicVersion(builtAgainst)) {
    return `it is libtorch ${version}; the addon was built against ${builtAgainst} and needs the same`;
  }
  return undefined;
}

/** The libraries to open, in dependency order; torch's own OpenMP runtime first, CUDA when it is there. */
function librariesOf(libtorch) {
  const openmp = readdirSync(libtorch.lib).filter((name) => /^lib(gomp|omp)\b.*\.(so|dylib)/.test(name));
  const names = [
    'libc10',
    'libtorch_cpu',
    ...(libtorch.cuda ? ['libc10_cuda', 'libtorch_cuda'] : []),
    'libtorch',
  ];
  return [...openmp.sort(), ...names.map((name) => name + suffix)].map((name) => join(libtorch.lib, name));
}

const supportedHere = 'Linux with glibc >= 2.28 (x64, arm64) and macOS (arm64) are supported';

/** Why this platform cannot run earsight at all, or undefined. */
function platformProblem() {
  const platform = `${process.platform}-${process.arch}`;
  return platform in sources.platforms ? undefined : `earsight does not run on ${platform}: ${supportedHere}`;
}

/**
 * Why libtorch cannot run on this machine's C library, or undefined. Node's report interrupts every worker thread and
 * waits for it, so ask only before there are any, or when loading has failed already.
 */
function libraryProblem() {
  if (process.platform !== 'linux') return undefined;
  process.report.excludeNetwork = true;
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  if (!glibc) return `earsight does not run on musl Linux (Alpine): libtorch needs glibc; ${supportedHere}`;
  const [major, minor] = glibc.split('.').map(Number);
  if (major < 2 || (major === 2 && minor < 28))
    return `glibc ${glibc} is too old for libtorch: ${supportedHere}`;
  return undefined;
}

module.exports = {
  suffix,
  readLibtorch,
  versionProblem,
  publicVersion,
  librariesOf,
  platformProblem,
  libraryProblem,
};
