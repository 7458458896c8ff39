// Looks at the compiler and CMake before they are needed, so that a machine without them gets one message with the
// remedy instead of a page of CMake output.

const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const { delimiter, join } = require('node:path');

const remedy = [
  '  Debian, Ubuntu   apt-get install g++ cmake',
  '  Fedora           dnf install gcc-c++ cmake',
  '  macOS            xcode-select --install, and CMake from cmake.org or a package manager',
].join('\n');

const which = (name, env) =>
  (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));

/** The C++ compiler that CMake will take and whether it knows C++20. Throws an Error with the remedy. */
function checkToolchain(env = process.env) {
  const cmake = spawnSync('cmake', ['--version'], { encoding: 'utf8', env });
  const version = cmake.stdout
    ?.match(/version (\d+)\.(\d+)/)
    ?.slice(1)
    .map(Number);
  if (!version)
    throw new Error(`CMake was not found, and the native addon is built with it. Install it:\n${remedy}`);
  if (version[0] < 3 || (version[0] === 3 && version[1] < 19)) {
    throw new Error(
      `CMake ${version.join('.')} is too old (3.19 or newer is needed). Install a newer one:\n${remedy}`,
    );
  }
  const compilers = env.CXX ? [env.CXX] : ['c++', 'g++', 'clang++'];
  const compiler = compilers.find((name) => existsSync(name) || which(name, env));
  if (!compiler) {
    throw new Error(
      `No C++ compiler was found (looked for ${compilers.join(', ')}). Install one:\n${remedy}`,
    );
  }
  const check = spawnSync(compiler, ['-std=c++20', '-x', 'c++', '-fsyntax-only', '-'], {
    encoding: 'utf8',
    input: '#include <concepts>\n#include <span>\nint main() {}\n',
    env,
  });
  if (check.status !== 0) {
    const reason = check.stderr?.split('\n')[0] || check.error?.message;
    throw new Error(
      `The C++ compiler ${compiler} cannot compile C++20 (GCC 11 or Clang 14 and newer can): ${reason}\n` +
        `Install a newer one, or name it with CXX=...:\n${remedy}`,
    );
  }
}

/** nvcc when CUDA kernels can be built for this libtorch: both present, and the same major version of CUDA. */
function cudaCompiler(libtorch, env = process.env) {
  if (!libtorch.cuda) return undefined;
  const nvcc = env.CUDACXX || which('nvcc', env);
  if (!nvcc) return undefined;
  const release = spawnSync(nvcc, ['--version'], { encoding: 'utf8', env }).stdout?.match(
    /release (\d+)\./,
  )?.[1];
  const wanted = libtorch.version.match(/\+cu(\d+)\d$/)?.[1] ?? cudaOfWheel(libtorch);
  return release === wanted ? nvcc : undefined;
}

/** A wheel from the default index has no local version; its version.py says `cuda = '13.0'`. */
function cudaOfWheel(libtorch) {
  const file = join(libtorch.root, 'version.py');
  if (!existsSync(file)) return undefined;
  return readFileSync(file, 'utf8').match(/^cuda\b[^=]*=\s*'(\d+)\./m)?.[1];
}

module.exports = { checkToolchain, cudaCompiler };
