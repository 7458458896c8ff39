// Lists the exports of lib/ that no other file imports and that lib/index.ts does not make public, and the names that a
// layer's index.ts passes on to nobody. A file that a script or a test names as a text is used as a whole. Prints one line for each; exit code 1 when there is any.
//
//   node scripts/unused-exports.mjs [root]     root: a folder with lib/ and any of test/, bench/, scripts/ and examples/

import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesOf, importsIn, isPassedOn, parsed, sourceOf, visit } from './module-imports.mjs';

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const publicIndex = join(root, 'lib', 'index.ts');
const files = ['lib', 'test', 'bench', 'scripts', 'examples']
  .flatMap((folder) => filesOf(join(root, folder)))
  .filter((name) => /\.[cm]?[tj]s$/.test(name) && !name.includes(`${sep}node_modules${sep}`));
const trees = new Map(files.map((file) => [file, parsed(file)]));
/** Of each file of lib/: name -> null where it is declared there, else what it is passed on from. */
const exported = new Map(files.filter(isOfLib).map((file) => [file, exportsOf(file)]));
const used = new Set();

for (const name of exported.get(publicIndex)?.keys() ?? []) use(publicIndex, name);
for (const [file, tree] of trees)
  for (const { specifier, names, from } of importsIn(tree))
    if (specifier?.startsWith('.') && !isPassedOn(from))
      for (const name of names) use(sourceOf(file, specifier), name);
for (const [file, tree] of trees) {
  if (isOfLib(file)) continue;
  for (const named of namedIn(tree)) use(named, '*');
  for (const { path, names } of takenOf(tree))
    for (const name of names) use(sourceOf(file, path.replace('/dist/', '/lib/')), name);
}

const unused = [...exported].flatMap(([file, names]) =>
  [...names.keys()]
    .filter((name) => name !== '*' && !used.has(`${file}#${name}`))
    .map((name) => `${shown(file)}: ${name}`),
);
for (const line of unused) process.stderr.write(`${line} is exported, and nothing imports it\n`);
process.exitCode = unused.length > 0 ? 1 : 0;

function isOfLib(file) {
  return file.startsWith(join(root, 'lib') + sep);
}

/** Files of lib/ that a text other than an import names: generators read them, and child programs their place in dist/. */
function namedIn(tree) {
  const imported = new Set(importsIn(tree).map(({ specifier }) => specifier));
  const found = [];
  visit(tree, ({ type, value }) => {
    if (type !== 'StringLiteral' || imported.has(value) || !/\.[cm]?[jt]s$/.test(value)) return;
    const path = value.replace(/^(\.{1,2}\/)*((dist|lib)\/)?/, '/').replace(/\.([cm]?)js$/, '.$1ts');
    found.push(...[...exported.keys()].filter((file) => `/${shown(file)}`.endsWith(path)));
  });
  return found;
}

/** What child programs take of dist/: `const { a } = require('../../dist/nn/index.js')`. */
function takenOf(tree) {
  const found = [];
  visit(tree, ({ type, id, init }) => {
    if (type !== 'VariableDeclarator' || id.type !== 'ObjectPattern' || init?.type !== 'CallExpression')
      return;
    const [path] = importsIn(init).map(({ specifier }) => specifier);
    if (path?.includes('/dist/'))
      found.push({ path, names: id.properties.map(({ key }) => key?.value ?? '*') });
  });
  return found;
}

function shown(file) {
  return relative(root, file).split(sep).join('/');
}

/** Marks a name, and where it is passed on from. '*' is every name. */
function use(file, name) {
  const names = exported.get(file);
  if (names === undefined || used.has(`${file}#${name}`)) return;
  used.add(`${file}#${name}`);
  if (name === '*') for (const each of names.keys()) use(file, each);
  const source = names.get(name) ?? names.get('*');
  for (const { file: origin, name: original } of [source ?? []].flat()) use(origin, original ?? name);
}

function exportsOf(file) {
  const names = new Map();
  const stars = [];
  for (const node of trees.get(file).body) {
    const origin = node.source ? sourceOf(file, node.source.value) : null;
    if (node.type === 'ExportAllDeclaration') stars.push({ file: origin });
    if (node.type === 'ExportDeclaration')
      for (const name of declared(node.declaration)) names.set(name, null);
    if (node.type === 'ExportDefaultDeclaration' || node.type === 'ExportDefaultExpression')
      names.set('default', null);
    if (node.type !== 'ExportNamedDeclaration') continue;
    for (const { type, name, orig, exported: as } of node.specifiers) {
      const own = (as ?? orig ?? name).value;
      const original = type === 'ExportNamespaceSpecifier' ? '*' : orig.value;
      names.set(own, origin === null ? null : { file: origin, name: original });
    }
  }
  if (stars.length > 0) names.set('*', stars);
  return names;
}

function declared({ type, id, identifier, declarations }) {
  if (type === 'VariableDeclaration') return declarations.flatMap(({ id: pattern }) => bound(pattern));
  return [(id ?? identifier).value];
}

function bound(pattern) {
  if (pattern.type === 'Identifier') return [pattern.value];
  if (pattern.type === 'ArrayPattern') return pattern.elements.filter(Boolean).flatMap(bound);
  return pattern.properties.flatMap(({ key, value }) => (value?.type ? bound(value) : [key.value]));
}
