// Compiles the native libraries into build/Release when their sources, flags or libtorch changed, and writes
// earsight.json beside them: what the loader must know before it can open them.

const { spawn } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const os = require('node:os');
const { join } = require('node:path');
const { suffix } = require('../libtorch/layout.cjs');
const { contentHash, filesUnder } = require('./hash.cjs');
const { progressLine } = require('./progress.cjs');
const { checkToolchain, cudaCompiler } = require('./toolchain.cjs');

/** A translation unit with torch's headers takes about this much memory to compile. */
const COMPILE_BYTES = 1.5 * 2 ** 30;

/** How much of a failed compiler's output is shown; all of it is in the log. */
const SHOWN_CHARACTERS = 6000;

/** Builds if needed; returns true when it compiled. Throws an Error whose message ends with what to do. */
async function buildNative({ root, libtorch, env = process.env }) {
  const release = join(root, 'build', 'Release');
  const record = join(release, 'earsight.json');
  const nvcc = cudaCompiler(libtorch, env);
  const hash = sourceHash(root, libtorch, nvcc, env);
  const libraries = ['earsight.node', `libearsight_ops${suffix}`, `libearsight_node${suffix}`];
  const complete = libraries.every((name) => existsSync(join(release, name)));
  if (complete && recordedHash(record) === hash) return false;

  checkToolchain(env);
  // Whatever stops the build from here on, nobody takes half of it for a whole one.
  rmSync(record, { force: true });
  await compile({ root, libtorch, nvcc, env });
  const contents = { libtorch: libtorch.version, cuda: Boolean(nvcc), hash };
  writeFileSync(record, `${JSON.stringify(contents, null, 2)}\n`);
  return true;
}

function recordedHash(record) {
  try {
    return JSON.parse(readFileSync(record, 'utf8')).hash;
  } catch {
    return undefined;
  }
}

function sourceHash(root, libtorch, nvcc, env) {
  const files = filesUnder(root, ['native'], (file) => /\.(cpp|cu|h|cuh|hpp)$/.test(file));
  const { CC, CXX, CXXFLAGS, LDFLAGS } = env;
  const facts = { libtorch: libtorch.version, nvcc, CC, CXX, CXXFLAGS, LDFLAGS, arch: process.arch };
  return contentHash(root, [...files, join(root, 'CMakeLists.txt')], facts);
}

/** Configures and builds with cmake-js, a progress line on the way; the output goes to build/build.log. */
async function compile({ root, libtorch, nvcc, env }) {
  const build = join(root, 'build');
  const log = join(build, 'build.log');
  forgetOtherFolder(root, build);
  mkdirSync(build, { recursive: true });

  const cmakeJs = require.resolve('cmake-js/bin/cmake-js', { paths: [root] });
  const cores = os.availableParallelism();
  const jobs = Math.max(1, Math.min(cores, Math.floor(process.availableMemory() / COMPILE_BYTES)));
  const options = [
    '--directory',
    root,
    ...(env.CMAKE_BUILD_PARALLEL_LEVEL ? [] : ['--parallel', String(jobs)]),
    `--CDEARSIGHT_LIBTORCH=${libtorch.root}`,
    `--CDEARSIGHT_CUDA=${nvcc ? 'ON' : 'OFF'}`,
  ];
  const progress = progressLine();
  progress.update(`building the native addon for libtorch ${libtorch.version} (minutes, the first time)`);
  let output = '';
  // `build` alone would not notice another libtorch: it configures only an empty folder.
  for (const command of ['configure', 'build']) {
    const { text, end } = await run([cmakeJs, command, ...options], { cwd: root, env }, (step) =>
      progress.update(`building the native addon ${step}`),
    );
    output += text;
    writeFileSync(log, output);
    if (end !== 0) {
      progress.done('building the native addon failed');
      throw new Error(
        `${text.slice(-SHOWN_CHARACTERS)}\nThe native addon did not compile (${end}); the whole log is in ${log}`,
      );
    }
  }
  progress.done(`built the native addon for libtorch ${libtorch.version}`);
}

/** CMake refuses a build folder that came with a moved or copied checkout. */
function forgetOtherFolder(root, build) {
  const cache = join(build, 'CMakeCache.txt');
  if (!existsSync(cache)) return;
  const home = readFileSync(cache, 'utf8').match(/^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m)?.[1];
  if (home !== root) rmSync(build, { recursive: true });
}

/** Runs Node with `args`. Resolves to its output and 0, or a description of how else it ended. */
function run(args, options, onStep) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    const listen = (chunk) => {
      text += chunk;
      const step = String(chunk)
        .match(/\[\s*(\d+\/\d+|\d+%)\]/g)
        ?.at(-1);
      if (step) onStep(step);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', reject);
    child.on('close', (status, signal) =>
      resolve({ text, end: signal ?? (status && `exit code ${status}`) }),
    );
  });
}

module.exports = { buildNative };
