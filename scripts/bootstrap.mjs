// Makes a checkout ready to run: npm packages, libtorch, the native addon, compiled TypeScript. Needs only Node (no
// package may be imported here), does only what is missing or stale, and is safe to run before every command.
//
//   node scripts/bootstrap.mjs                    everything
//   node scripts/bootstrap.mjs --only=native      libtorch and the addon
//   node scripts/bootstrap.mjs --only=typescript  dist/

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUpNative } from './bootstrap/addon.cjs';
import { withLock } from './bootstrap/lock.cjs';
import { installPackages } from './bootstrap/packages.cjs';
import { compileTypeScript } from './bootstrap/typescript.cjs';
import { cacheFolder } from './libtorch/locate.cjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const steps = { packages: installPackages, native: setUpNative, typescript: compileTypeScript };

const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);
if (only !== undefined && !(only in steps))
  fail(`--only=${only}: expected one of ${Object.keys(steps).join(', ')}`);

try {
  await withLock(
    join(cacheFolder(root), 'setup.lock'),
    () => process.stderr.write('waiting for another set-up of this checkout\n'),
    async () => {
      for (const [name, step] of Object.entries(steps)) {
        if (only === undefined || only === name) await step({ root });
      }
    },
  );
} catch (error) {
  fail(error.message);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
