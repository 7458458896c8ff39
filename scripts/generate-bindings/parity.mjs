// Writes the tables of docs/pytorch.md: which of PyTorch's names this package has, and why it lacks the others.
//
//   node scripts/generate-bindings/parity.mjs            writes the page's tables
//   node scripts/generate-bindings/parity.mjs --check    fails when they are not what it would write
//
// What exists is what the built package answers to, whether it is generated or written by hand. PyTorch's names are those
// of pytorch.jsonl.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { readFacts, reasonExcluded } from './facts.mjs';
import { MISSING } from './parity-rules.mjs';
import { unsupportedKind } from './schema.mjs';
import { camelCase } from './signatures.mjs';

const page = fileURLToPath(new URL('../../docs/pytorch.md', import.meta.url));
const { Tensor, torch, nn, optim } = createRequire(import.meta.url)('../../dist/index.js');
const facts = readFacts();

const namesOf = (table) => facts.entries.filter((it) => it.table === table).map(({ name }) => name);

/** [title, table, PyTorch's names, where they are looked for] */
const sections = [
  ['Methods of tensors', 'methods', namesOf('methods'), Tensor.prototype],
  ['Members of tensors that are Python code', 'Tensor', facts.python.Tensor, Tensor.prototype],
  ['`torch`', 'functions', namesOf('functions'), torch],
  ['`torch.linalg`', 'linalg', namesOf('linalg'), torch.linalg],
  ['`torch.special`', 'special', namesOf('special'), torch.special],
  ['`torch.fft`', 'fft', namesOf('fft'), torch.fft],
  ['`nn.functional`', 'functional', namesOf('functional'), nn.functional],
  ['`nn`', 'nn', facts.python.nn, nn],
  ['`nn.init`', 'nn.init', facts.python['nn.init'], nn.init],
  ['`nn.utils`', 'nn.utils', facts.python['nn.utils'], {}],
  ['`optim`', 'optim', facts.python.optim, optim],
  ['`optim.lr_scheduler`', 'optim.lr_scheduler', facts.python['optim.lr_scheduler'], {}],
];

function parity() {
  const rows = [];
  const details = [];
  for (const [title, table, names, target] of sections) {
    const isThere = (name) => nameHere(name) in target;
    const present = names.filter(isThere);
    const missing = names.filter((name) => !isThere(name));
    rows.push([title, `${names.length}`, `${present.length}`]);
    details.push(`### ${title}`);
    if (present.length > 0) details.push(present.map((name) => `\`${nameHere(name)}\``).join(' '));
    const groups = [...grouped(missing, (name) => reasonMissing(table, name))];
    const lines = groups.map(
      ([reason, absent]) => `- ${absent.map((name) => `\`${name}\``).join(' ')}: ${reason}`,
    );
    if (lines.length > 0) details.push('Not here, and why, or what instead:', lines.join('\n'));
  }
  return [`From PyTorch ${facts.torch}.`, summary(rows), ...details].join('\n\n');
}

/** Padded as the formatter has it. */
function summary(rows) {
  const header = ['where', 'names', 'here'];
  const [title, ...counts] = [0, 1, 2].map((i) => Math.max(...[header, ...rows].map((row) => row[i].length)));
  const line = (cells) =>
    `| ${[cells[0].padEnd(title), ...counts.map((width, i) => cells[i + 1].padStart(width))].join(' | ')} |`;
  const rule = ['-'.repeat(title), ...counts.map((width) => `${'-'.repeat(width - 1)}:`)];
  return [header, rule, ...rows].map(line).join('\n');
}

/** Names of classes stay as they are. */
function nameHere(name) {
  return /^[A-Z]/.test(name) ? name : camelCase(name);
}

function grouped(names, keyOf) {
  const groups = new Map();
  for (const name of names) groups.set(keyOf(name), [...(groups.get(keyOf(name)) ?? []), name]);
  return groups;
}

function reasonMissing(table, name) {
  const reason = reasonExcluded(table, name) ?? operatorReason(table, name) ?? functionOf(table, name);
  const rule = MISSING.find(([of, pattern]) => of === table && pattern.test(name));
  return (
    (rule && rule[1].source !== '.' ? rule[2] : undefined) ?? reason ?? rule?.[2] ?? unexplained(table, name)
  );
}

/** The kind of argument that no overload of the name goes without. */
function operatorReason(table, name) {
  const { ops = [] } = facts.entries.find((it) => it.table === table && it.name === name) ?? {};
  const kinds = ops.map((op) => unsupportedKind(facts.schemas.get(op)));
  return kinds.length > 0 && kinds.every((kind) => kind !== null) ? `needs a ${kinds[0]}` : undefined;
}

/** Of a layer or loss that has no class, but a function: MaxPool2d, nn.functional.maxPool2d. */
function functionOf(table, name) {
  if (table !== 'nn') return undefined;
  const plain = name.toLowerCase();
  const shortened = [plain, plain.replace(/\dd$/, ''), plain.replace(/loss$/, '')];
  const known = facts.entries.filter((it) => it.table === 'functional').map((it) => camelCase(it.name));
  const found = shortened
    .map((key) => known.find((it) => it.toLowerCase() === key && it in nn.functional))
    .find(Boolean);
  return found === undefined ? undefined : 'the function of that name in `nn.functional`';
}

function unexplained(table, name) {
  throw new Error(`${table}.${name} is missing and no rule of parity-rules.mjs says why`);
}

const begin = '<!-- parity: written by scripts/generate-bindings/parity.mjs, do not edit -->';
const end = '<!-- end of parity -->';
const written = readFileSync(page, 'utf8');
const [before, , after] = written.split(new RegExp(`${begin}|${end}`));
if (after === undefined) throw new Error(`${page}: expected the marks '${begin}' and '${end}'`);
const expected = `${before}${begin}\n\n${parity()}\n\n${end}${after}`;
if (!process.argv.includes('--check')) writeFileSync(page, expected);
else if (expected !== written) {
  console.error('docs/pytorch.md: not what parity.mjs writes; run node scripts/generate-bindings/parity.mjs');
  process.exitCode = 1;
}
