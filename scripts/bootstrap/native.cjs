// Compiles the native libraries into build/Release when their sources, flags or libtorch changed, and writes
// earsight.json beside them: what the loader must know before it can open them.

const { spawn } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const os = require('node:os');
const { join } = require('node:path');
const { suffix } = require('../libtorch/layout.cjs');
const { contentHash, filesUnder } = require('./hash.cjs');
const { progressLine } = require('./progress.cjs');
const { checkToolchain, cudaCompiler } = require('./toolchain.cjs');

/** A translation unit with torch's headers takes about this much memory to compile. */
const COMPILE_BYTES = 1.5 * 2 ** 30;

/** Builds if needed; returns true when it compiled. Throws an Error whose message ends with what to do. */
async function buildNative({ root, libtorch, env = process.env, force = false }) {
  const release = join(root, 'build', 'Release');
  const record = join(release, 'earsight.json');
  const nvcc = cudaCompiler(libtorch, env);
  const hash = sourceHash(root, libtorch, nvcc, env);
  const libraries = ['earsight.node', `libearsight_ops${suffix}`, `libearsight_node${suffix}`];
  const complete = [...libraries, 'earsight.json'].every((name) => existsSync(join(release, name)));
  if (!force && complete && JSON.parse(readFileSync(record, 'utf8')).hash === hash) return false;

  checkToolchain(env);
  await runCmake({ root, libtorch, nvcc, env });
  writeFileSync(
    record,
    `${JSON.stringify({ libtorch: libtorch.version, cuda: Boolean(nvcc), hash }, null, 2)}\n`,
  );
  return true;
}

function sourceHash(root, libtorch, nvcc, env) {
  const files = filesUnder(root, ['native'], (file) => /\.(cpp|cu|h|cuh|hpp)$/.test(file));
  const { CC, CXX, CXXFLAGS, LDFLAGS } = env;
  const facts = { libtorch: libtorch.version, nvcc, CC, CXX, CXXFLAGS, LDFLAGS, arch: process.arch };
  return contentHash(root, [...files, join(root, 'CMakeLists.txt')], facts);
}

function runCmake({ root, libtorch, nvcc, env }) {
  const jobs = Math.max(1, Math.min(os.availableParallelism(), Math.floor(os.freemem() / COMPILE_BYTES)));
  const args = [
    require.resolve('cmake-js/bin/cmake-js', { paths: [root] }),
    'build',
    '--directory',
    root,
    ...(env.CMAKE_BUILD_PARALLEL_LEVEL ? [] : ['--parallel', String(jobs)]),
    `--CDEARSIGHT_LIBTORCH=${libtorch.root}`,
    `--CDEARSIGHT_CUDA=${nvcc ? 'ON' : 'OFF'}`,
  ];
  const log = join(root, 'build', 'build.log');
  const progress = progressLine();
  progress.update(
    `building the native addon against libtorch ${libtorch.version} (a few minutes the first time)`,
  );

  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const listen = (chunk) => {
      output += chunk;
      const steps = String(chunk).match(/\[\s*(\d+\/\d+|\d+%)\]/g);
      if (steps) progress.update(`building the native addon ${steps.at(-1)}`);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      mkdirSync(join(root, 'build'), { recursive: true });
      writeFileSync(log, output);
      if (status === 0) {
        progress.done(`built the native addon against libtorch ${libtorch.version}`);
        resolve();
        return;
      }
      progress.done('building the native addon failed');
      reject(
        new Error(
          `${output.slice(-6000)}\nThe native addon did not compile (${signal ?? `exit code ${status}`}); the whole log is in ${log}`,
        ),
      );
    });
  });
}

module.exports = { buildNative };
