// Compiles lib/ into dist/ when a source or a setting changed. The new dist replaces the old one only when it is
// whole, so that a program running from dist never sees half of it.

const { spawnSync } = require('node:child_process');
const { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { dirname, join, relative, sep } = require('node:path');
const { contentHash, filesUnder } = require('./hash.cjs');
const { bundleInputs, bundlePage, pageFolder } = require('./page.cjs');

const isSource = (file) => /\.m?ts$/.test(file);

/** Compiles if needed; returns true when it did. */
function compileTypeScript({ root, env = process.env }) {
  const files = filesUnder(root, ['lib'], () => true);
  const settings = ['tsconfig.json', 'node_modules/typescript/package.json'].map((file) => join(root, file));
  settings.push(...bundleInputs(root));
  const hash = contentHash(root, [...files, ...settings], {});
  const record = join(root, 'build', 'dist.hash');
  const dist = join(root, 'dist');
  if (existsSync(dist) && existsSync(record) && readFileSync(record, 'utf8') === hash) return false;

  process.stderr.write('compiling TypeScript\n');
  const next = join(root, 'build', 'dist.next');
  rmSync(next, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const compiler = spawnSync(process.execPath, [tsc, '-p', root, '--outDir', next], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  if (compiler.status !== 0) {
    throw new Error(
      `${compiler.stdout}${compiler.stderr}TypeScript found errors, so dist/ was left as it was.`,
    );
  }

  for (const file of files.filter((name) => !isSource(name))) {
    const path = relative(join(root, 'lib'), file);
    if (path.startsWith(pageFolder + sep)) continue;
    const target = join(next, path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
  bundlePage({ root, dist: next });
  rmSync(dist, { recursive: true, force: true });
  renameSync(next, dist);
  writeFileSync(record, hash);
  return true;
}

module.exports = { compileTypeScript };
