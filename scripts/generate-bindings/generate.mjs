// Writes lib/tensor/bindings.generated.ts and binding-types.generated.ts: PyTorch's documented operators as
// TypeScript names, types and overload lists.
//
//   node scripts/generate-bindings/generate.mjs            writes both files
//   node scripts/generate-bindings/generate.mjs --check    fails when the checked-in files are not what it would write
//
// It needs no Python: pytorch.jsonl (written by collect.py, once for each PyTorch release) holds the facts,
// rules.mjs the exclusions with their reasons.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFacts, reasonExcluded } from './facts.mjs';
import { ADAPTED, ENUMERATIONS } from './rules.mjs';
import { unsupportedKind } from './schema.mjs';
import { callOf, camelCase, mergeCalls, signatures } from './signatures.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const outputFolder = join(here, '../../lib/tensor');

const INTERFACES = {
  methods: ['TensorMethods', "Methods of every Tensor. The receiver is the schema's `self`."],
  functions: ['TorchFunctions', 'Functions of `torch`.'],
  linalg: ['LinalgFunctions', 'Functions of `torch.linalg`.'],
  special: ['SpecialFunctions', 'Functions of `torch.special`.'],
  fft: ['FftFunctions', 'Functions of `torch.fft`.'],
  functional: ['FunctionalFunctions', 'Functions of `nn.functional`.'],
};

/** @returns {Record<string, { name, doc, schemas, adapted }[]>} by table, and what was left out and why. */
function selectBindings(facts) {
  const bindings = Object.fromEntries(Object.keys(INTERFACES).map((table) => [table, []]));
  const excluded = new Map();
  for (const { table, name, doc, ops } of facts.entries) {
    const adapted = ADAPTED[`${table}.${name}`];
    const schemas = (adapted?.ops ?? ops).map((op) => facts.schemas.get(op));
    const usable = schemas.filter((it) => unsupportedKind(it) === null);
    const reason =
      reasonExcluded(table, name) ??
      (schemas.length === 0 ? 'has no ATen operator of its own: handwritten or left out' : null) ??
      (usable.length === 0 ? `needs a ${unsupportedKind(schemas[0])}` : null);
    if (reason !== null) {
      excluded.set(reason, [...(excluded.get(reason) ?? []), `${table}.${name}`]);
      continue;
    }
    bindings[table].push({ name: camelCase(name), doc, schemas: usable, adapted });
  }
  return { bindings, excluded };
}

const BANNER = (facts) =>
  `// Generated from PyTorch ${facts.torch} by scripts/generate-bindings/generate.mjs: do not edit.`;

function writeTables(facts, { bindings, excluded }) {
  const lines = [
    BANNER(facts),
    '//',
    "// Each name lists its overloads in the order in which PyTorch's argument parser tries them. To call one:",
    "//   - a method's receiver is the schema's argument named `self`, wherever it stands (second in `where`,",
    "//     `polygamma`); in functions `self` is called `input`; other names are the schema's in camelCase;",
    '//   - any argument but the leading tensors may be named in the trailing options object, required ones too',
    '//     (`x.mean({ dim: 1 })`);',
    '//   - keyword-only arguments, and `alpha` everywhere, come in the trailing options object;',
    '//   - a required keyword-only argument must be given, else the next overload is tried (`sort.stable`',
    '//     and `rand.generator` stand before the plain forms);',
    '//   - a boolean is no int and no number is a Tensor, else later overloads are never reached;',
    '//   - one number may stand for a sized list (int[2]); a single positional int list may be spread;',
    '//   - an operator with keyword-only dtype, layout, device and pin_memory is a factory: it takes requiresGrad;',
    "//   - `adaptations` lists the names whose Python arguments are not the schema's own.",
    '//',
    '// Left out (each still reachable as torch.ops.aten[...] where it has an operator):',
  ];
  for (const [reason, names] of excluded) lines.push(...wrapComment(`${reason}: ${names.join(' ')}`));
  lines.push(
    '',
    'interface Adaptation {',
    '  /** Schema names in the positional order of Python; arguments that are not listed cannot be given. */',
    '  readonly args?: readonly string[];',
    '  /** Schema name -> the public (camelCase) name, where it is another one. */',
    '  readonly names?: Readonly<Record<string, string>>;',
    '  /** By schema name: what an argument is when the caller leaves it out. */',
    '  readonly defaults?: Readonly<Record<string, number | boolean | null>>;',
    '}',
    '',
    'export type BindingTable = Readonly<Record<string, readonly string[]>>;',
    '',
  );
  for (const [table, entries] of Object.entries(bindings)) {
    lines.push(`export const ${table}: BindingTable = {`);
    for (const { name, schemas } of entries) {
      lines.push(`  ${name}: [${schemas.map((it) => `'aten::${it.op}'`).join(', ')}],`);
    }
    lines.push('};', '');
  }
  lines.push(
    "/** Integer schema arguments that are words here: the word's index is the number. */",
    `export const enumerations: Readonly<Record<string, readonly string[]>> = ${literal(ENUMERATIONS)};`,
    '',
    '/** Keys are `table.name`. */',
    'export const adaptations: Readonly<Record<string, Adaptation>> = {',
  );
  for (const [table, entries] of Object.entries(bindings)) {
    for (const { name, adapted = {} } of entries) {
      const { args, names, defaults } = adapted;
      const camelNames =
        names && Object.fromEntries(Object.entries(names).map(([k, v]) => [k, camelCase(v)]));
      if (args || names || defaults)
        lines.push(`  '${table}.${name}': ${literal({ args, names: camelNames, defaults })},`);
    }
  }
  lines.push('};', '');
  return lines.join('\n');
}

function wrapComment(text) {
  const lines = [];
  let line = '//   ';
  for (const word of text.split(' ')) {
    if (line.length + word.length > 108) {
      lines.push(line.trimEnd());
      line = '//     ';
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

function literal(value) {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'string') return `'${value}'`;
  if (value === null || typeof value !== 'object') return String(value);
  const fields = Object.entries(value).filter(([, it]) => it !== undefined);
  return `{ ${fields.map(([key, it]) => `${key}: ${literal(it)}`).join(', ')} }`;
}

function writeTypes(facts, { bindings }) {
  const lines = [
    BANNER(facts),
    "import type { Generator } from './generator.js';",
    "import type { Tensor } from './tensor.js';",
    "import type { Device, DType, FactoryOptions, MemoryFormat, Scalar } from './types.js';",
    '',
  ];
  for (const [table, [title, about]] of Object.entries(INTERFACES)) {
    lines.push(`/** ${about} */`, `export interface ${title} {`);
    for (const { name, doc, schemas, adapted } of bindings[table]) {
      const schemaText = schemas.map((it) => `\`aten::${it.op}${it.text}\``).join(' · ');
      lines.push(`  /** ${doc.replaceAll('*/', '* /')}${doc ? ' ' : ''}${schemaText} */`);
      const calls = schemas.map((it) => callOf(it, { method: table === 'methods', adapted }));
      for (const text of new Set(mergeCalls(calls).flatMap(signatures))) lines.push(`  ${name}${text};`);
    }
    lines.push('}', '');
  }
  return lines.join('\n');
}

const facts = readFacts();
const selected = selectBindings(facts);
const outputs = {
  'bindings.generated.ts': writeTables(facts, selected),
  'binding-types.generated.ts': writeTypes(facts, selected),
};
if (process.argv.includes('--check')) {
  const stale = Object.keys(outputs).filter(
    (file) => readFileSync(join(outputFolder, file), 'utf8') !== outputs[file],
  );
  if (stale.length > 0) {
    console.error(
      `lib/tensor/${stale.join(', ')}: not what generate.mjs writes; run node scripts/generate-bindings/generate.mjs`,
    );
    process.exitCode = 1;
  }
} else {
  for (const [file, text] of Object.entries(outputs)) writeFileSync(join(outputFolder, file), text);
}
