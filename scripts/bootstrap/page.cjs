// Bundles the report's script and style sheet into dist/report/page/, each one file: the page contains them whole and
// asks for nothing else.

const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** lib/report/page: its sources are bundled instead of compiled or copied one by one. */
const pageFolder = join('report', 'page');

const entryOf = (root) => join(root, 'lib', pageFolder, 'main.ts');
const charts = (root) => join(root, 'node_modules', 'uplot');

/** What the bundle depends on besides lib/. */
function bundleInputs(root) {
  return existsSync(entryOf(root)) ? [join(charts(root), 'package.json'), __filename] : [];
}

/** @param dist the folder of compiled files */
function bundlePage({ root, dist }) {
  if (!existsSync(entryOf(root))) return;
  // The bundle contains uPlot, whose licence asks for its text in every copy.
  const notice = `/*!\nuPlot\n${readFileSync(join(charts(root), 'LICENSE'), 'utf8').trim()}\n*/`;
  require('esbuild').buildSync({
    entryPoints: [entryOf(root), join(root, 'lib', pageFolder, 'style.css')],
    outdir: join(dist, pageFolder),
    bundle: true,
    minify: true,
    charset: 'ascii',
    format: 'iife',
    target: 'es2022',
    banner: { js: notice },
    logLevel: 'error',
    absWorkingDir: root,
  });
}

module.exports = { bundleInputs, bundlePage, pageFolder };
