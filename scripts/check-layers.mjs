// Checks the layers of lib/ (docs/architecture.md) and the sizes of files. Prints one line for each offence; exit code
// 1 when there is any.
//
//   node scripts/check-layers.mjs [root]     root: a folder with lib/ and any of native/, test/ and bench/
//
// A layer imports only from layers below it, and other layers only through their index.ts. No file imports itself
// through other files. An import of types counts as any other, also where it stands in a type: import('./a.js').A. A
// dynamic import counts for the layers, but it runs later and closes no cycle. An import of the package by its own name
// is one of lib/index.ts. A path into lib/ is a literal, so that it can be checked.

import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesOf, importsIn, parsed, sourceOf } from './module-imports.mjs';

/** From the top down. */
const layers = [
  'cli',
  'serve',
  'report',
  'recipe',
  'eval',
  'train',
  'process',
  'judges',
  'omni',
  'rollout',
  'rewards',
  'algorithms',
  'data',
  'models',
  'batch',
  'media',
  'text',
  'nn',
  'kernels',
  'tensor',
  'runtime',
  'files',
];

/** Most lines of a file by top folder. Files with `.generated.` in their names have no limit. */
const lineLimits = { lib: 350, native: 350, test: 450, bench: 450 };
const sourceFile = /\.(m?ts|mjs|cjs|js|cpp|cu|h|py)$/;

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const lib = join(root, 'lib');
const files = filesOf(lib).filter((name) => /\.[cm]?ts$/.test(name));
const unreadable = [];
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const offences = [
  ...unreadable,
  ...files.flatMap((file) => imports.get(file).flatMap(({ target }) => checkImport(file, target))),
  ...cycles(),
  ...Object.keys(lineLimits).flatMap(longFiles),
];

for (const offence of offences) process.stderr.write(`${offence}\n`);
process.stdout.write(`layers and file sizes: ${files.length} files of lib/, ${offences.length} offences\n`);
process.exitCode = offences.length > 0 ? 1 : 0;

/** The files of lib/ that a file imports: [{ target, dynamic }]. Of those that cannot be read, an offence. */
function importsOf(file) {
  let tree;
  try {
    tree = parsed(file);
  } catch (error) {
    unreadable.push(`${shown(file)}: cannot be parsed: ${error.message.trim().split('\n')[0]}`);
    return [];
  }
  return importsIn(tree).flatMap(({ specifier, prefix, dynamic }) => {
    if (specifier === undefined) {
      if (isOwn(prefix ?? ''))
        unreadable.push(`${shown(file)}: imports a computed path below '${prefix}'; expected a literal`);
      return [];
    }
    if (!isOwn(specifier)) return [];
    const target = specifier.startsWith('.') ? sourceOf(file, specifier) : join(lib, 'index.ts');
    return [{ target, dynamic }];
  });
}

/** Whether a specifier leads into the package: a relative one, or the package's own name. */
function isOwn(specifier) {
  return /^(\.\.?(\/|$)|earsight(\/|$))/.test(specifier);
}

function shown(file) {
  return relative(root, file).split(sep).join('/');
}

function layerOf(file) {
  const [first, ...rest] = relative(lib, file).split(sep);
  return rest.length === 0 ? undefined : first;
}

function checkImport(file, target) {
  const from = layerOf(file);
  const to = layerOf(target);
  // lib/index.ts stands above all layers; files outside lib/ belong to no layer.
  if (from === undefined || relative(lib, target).startsWith('..')) return [];
  if (to === undefined) return [`${shown(file)}: imports ${shown(target)}, which stands above all layers`];
  if (!layers.includes(from)) return [`${shown(file)}: lib/${from} is not in the list of layers`];
  if (from === to) return [];
  if (layers.indexOf(to) < layers.indexOf(from))
    return [`${shown(file)}: imports upwards, ${from} -> ${to} (${shown(target)})`];
  if (shown(target) !== `lib/${to}/index.ts`)
    return [`${shown(file)}: imports ${shown(target)} past lib/${to}/index.ts`];
  return [];
}

/** Depth-first search over the static imports; one line for each cycle found. */
function cycles() {
  const found = [];
  const state = new Map();
  const visit = (file, path) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push(`cycle: ${[...path.slice(path.indexOf(file)), file].map(shown).join(' -> ')}`);
      return;
    }
    state.set(file, 'open');
    for (const { target, dynamic } of imports.get(file) ?? []) if (!dynamic) visit(target, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  return found;
}

function longFiles(folder) {
  const limit = lineLimits[folder];
  return filesOf(join(root, folder)).flatMap((file) => {
    if (!sourceFile.test(file) || file.includes('.generated.')) return [];
    const lines = readFileSync(file, 'utf8').replace(/\n$/, '').split('\n').length;
    return lines > limit ? [`${shown(file)}: ${lines} lines, expected at most ${limit}`] : [];
  });
}
