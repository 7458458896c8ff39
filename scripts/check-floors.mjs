// Keeps the floors of lib/ honest (docs/architecture.md): a floor imports only from floors below it, other floors only
// through their index, and no file imports itself round a circle. Types count for the floors; a circle of types alone
// is harmless and allowed.
//
//   node scripts/check-floors.mjs [folder]     exit code 1 and one line for each offence

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From the top down. */
const floors = [
  'cli',
  'report',
  'eval',
  'train',
  'rollout',
  'rewards',
  'algorithms',
  'data',
  'models',
  'media',
  'text',
  'nn',
  'kernels',
  'tensor',
  'runtime',
  'files',
];

const lib = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..', 'lib'));
const files = readdirSync(lib, { recursive: true })
  .filter((name) => /\.m?ts$/.test(name))
  .map((name) => join(lib, name));

const imports = new Map(files.map((file) => [file, importsOf(file)]));
const offences = [...imports].flatMap(([file, targets]) => targets.flatMap((target) => check(file, target)));
offences.push(...circles());

for (const offence of offences) process.stderr.write(`${offence}\n`);
process.stdout.write(`${files.length} files, ${offences.length} offences against the floors\n`);
process.exitCode = offences.length > 0 ? 1 : 0;

/** Relative imports of a file: [{ target, types }]; `types` when nothing of it is left at run time. */
function importsOf(file) {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const pattern =
    /\b(?:import|export)\s+(type\s)?([^'";]*?)\bfrom\s*'(\.[^']+)'|\bimport\s*'(\.[^']+)'|\b(?:import|require)\s*\(\s*'(\.[^']+)'\s*\)/g;
  return [...text.matchAll(pattern)].map(([, type, names = '', from, effect, dynamic]) => {
    const named = names
      .match(/^\s*\{([\s\S]*)\}\s*$/)?.[1]
      .split(',')
      .filter((name) => name.trim() !== '');
    const allTypes =
      named !== undefined && named.length > 0 && named.every((name) => /^\s*type\s/.test(name));
    // A dynamic import runs later, so it cannot close a circle at load time; the floors still hold for it.
    return {
      target: sourceOf(file, from ?? effect ?? dynamic),
      types: Boolean(type) || allTypes || dynamic !== undefined,
    };
  });
}

function sourceOf(file, specifier) {
  const path = resolve(dirname(file), specifier);
  const candidates = [path.replace(/\.(m?)js$/, '.$1ts'), path, join(path, 'index.ts')];
  return candidates.find((candidate) => existsSync(candidate)) ?? candidates[0];
}

function floorOf(file) {
  const [first, ...rest] = relative(lib, file).split(sep);
  return rest.length === 0 ? undefined : first;
}

function check(file, { target }) {
  const from = floorOf(file);
  const to = floorOf(target);
  const where = `lib/${relative(lib, file)}`;
  // lib/index.ts stands on top of all floors; files outside lib/ are no floor.
  if (from === undefined || relative(lib, target).startsWith('..')) return [];
  if (to === undefined) return [`${where}: imports lib/${relative(lib, target)}, the roof of the house`];
  if (!floors.includes(from)) return [`${where}: lib/${from} is not a floor`];
  if (from === to) return [];
  const path = relative(lib, target).split(sep).join('/');
  if (floors.indexOf(to) < floors.indexOf(from))
    return [`${where}: imports upwards, ${from} -> ${to} (${path})`];
  if (path !== `${to}/index.ts`) return [`${where}: imports ${path} past lib/${to}/index.ts`];
  return [];
}

/** Depth-first search over the imports that remain at run time; one line for each circle found. */
function circles() {
  const found = [];
  const state = new Map();
  const visit = (file, path) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      const names = [...path.slice(path.indexOf(file)), file].map((name) => `lib/${relative(lib, name)}`);
      found.push(`circle: ${names.join(' -> ')}`);
      return;
    }
    state.set(file, 'open');
    for (const { target, types } of imports.get(file) ?? []) if (!types) visit(target, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  return found;
}
