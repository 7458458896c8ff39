// Installs the npm packages of a checkout when node_modules is not what package-lock.json says.

const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

/** Installs what the lock file says if needed; returns true when it did. */
function installPackages({ root, env = process.env }) {
  if (upToDate(root)) return false;
  process.stderr.write('installing npm packages\n');
  // No package's install script is needed: compiled ones come prebuilt, and node-av's would fetch an ffmpeg program
  // that nobody uses.
  // Not `npm ci`: it refuses a lock file without the optional packages of every other platform, which a registry
  // mirror need not have. --no-save leaves the lock file as it is.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const options = { cwd: root, stdio: ['ignore', 2, 2], env: { ...env, SKIP_FFMPEG: '1' } };
  const { status, error } = spawnSync('npm', args, options);
  if (status !== 0) {
    throw new Error(
      `npm could not install the packages of package-lock.json (${error?.message ?? `exit code ${status}`}).\n` +
        "Its message is above; check the network and the registry in npm's settings (npm config get registry).",
    );
  }
  return true;
}

/** npm records what it installed in node_modules/.package-lock.json; packages for other platforms are not there. */
function upToDate(root) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || (installed[path] ? installed[path].version === entry.version : entry.optional === true),
  );
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}

module.exports = { installPackages };
