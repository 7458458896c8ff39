// Makes the two sides of the boundary between TypeScript and the addon from native/node/wire.json: the numbers that
// both know, the positions of a message's parts in the wire buffer, and the functions that write and read messages.
//
//   node scripts/generate-wire.mjs            writes the four files
//   node scripts/generate-wire.mjs --check    fails when a checked-in file is not what it would write

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = 'native/node/wire.json';
const wire = JSON.parse(readFileSync(join(root, source), 'utf8'));
const banner = `// Generated from ${source} by scripts/generate-wire.mjs: do not edit.`;
const firstSlot = wire.status.slot + 1;

/** By type of a part: its type in TypeScript and C++, and how C++ reads it. All but lists take one slot. */
const types = {
  number: { ts: 'number', cpp: 'double', read: 'number' },
  flag: { ts: 'boolean', cpp: 'bool', read: 'flag' },
  handle: { ts: 'number', cpp: 'at::Tensor', read: 'tensor' },
  optionalHandle: { ts: 'number', cpp: 'at::Tensor', read: 'optionalTensor' },
  handles: { ts: 'readonly number[]', cpp: 'std::vector<at::Tensor>', read: 'optionalTensors', list: true },
  integers: { ts: 'readonly number[]', cpp: 'std::vector<int64_t>', read: 'sizes', list: true },
  flags: { ts: 'readonly boolean[]', cpp: 'std::vector<bool>', read: 'flags', list: true },
};

const capital = (name) => name[0].toUpperCase() + name.slice(1);
const constant = (name) => `k${capital(name)}`;
const errorConstant = (code) =>
  `k${code
    .split('_')
    .map((word) => word[0] + word.slice(1).toLowerCase())
    .join('')}`;
const payloadOf = ({ payload = [] }) => payload;

/** [name, first slot] of the parts of a message that has no list. */
function positions(parts, first = firstSlot) {
  return Object.keys(parts).map((name, index) => [name, first + index]);
}

/** Messages whose parts the callers write and read themselves, by position: hot ones, and lists without an end. */
const isOpen = (parts) => Object.values(parts).includes('rest');
const hasFields = (parts) => Object.keys(parts).length > 1;

const messages = Object.entries(wire.messages);
const open = messages.filter(([, { takes }]) => takes && isOpen(takes));
const written = messages.filter(([, { takes }]) => takes && !isOpen(takes));
const results = messages.filter(([, { gives }]) => gives && hasFields(gives));

function wrapped(text, start, width = 116) {
  const lines = [];
  let line = start;
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > width) {
      lines.push(line);
      line = start;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function codesInTypeScript() {
  const { status, disposals, errorCodes, tags, argumentKinds, enumerations } = wire;
  const lines = [banner, ''];
  lines.push(
    `/** ${status.about} */`,
    `export const statusSlot = ${status.slot};`,
    `export const spilledStatus = ${status.spilled};`,
  );
  lines.push('/** Where every message and its results begin. */', `export const firstSlot = ${firstSlot};`);
  lines.push('', '/** Layout of the buffer of handles that the next call frees. */');
  lines.push(`export const Disposals = ${object(positions(disposals.layout, 0))} as const;`, '');
  lines.push('/** The place in the list is the number that crosses. */', 'export const errorCodes = [');
  for (const [code, about] of Object.entries(errorCodes))
    lines.push(`  '${code}',${about && ` // ${about}`}`);
  lines.push('] as const;', '', 'export const Tag = {');
  for (const [index, [name, tag]] of Object.entries(tags).entries())
    lines.push(`  ${name}: ${index},${comment(tag)}`);
  lines.push('} as const;', '');
  lines.push(`export type ArgumentKind = ${argumentKinds.map((kind) => `'${kind}'`).join(' | ')};`, '');
  for (const [name, { about, members }] of Object.entries(enumerations)) {
    lines.push(`/** ${about} */`, `export const ${name} = {`);
    for (const [member, [code]] of Object.entries(members)) lines.push(`  ${member}: ${code},`);
    lines.push('} as const;', '');
  }
  for (const [name, { about, takes }] of open)
    lines.push(
      ...docComment(about),
      `export const ${capital(name)}Message = ${object(positions(takes))} as const;`,
      '',
    );
  for (const [name, { gives }] of results)
    lines.push(
      `/** What ${name}() gives. */`,
      `export const ${capital(name)}Result = ${object(positions(gives))} as const;`,
      '',
    );
  return lines.join('\n');
}

function object(entries) {
  return `{ ${entries.map(([name, value]) => `${name}: ${value}`).join(', ')} }`;
}

/** ` // payload: about` */
function comment(tag) {
  const parts = [payloadOf(tag).join(', '), tag.about].filter(Boolean);
  return parts.length > 0 ? `  // ${parts.join(': ')}` : '';
}

function messagesInTypeScript() {
  const lines = [
    banner,
    "import * as addon from './addon.js';",
    "import { beginMessage, writeNumbers } from './wire.js';",
    '',
    '// Bound once, as in lib/tensor/operator.ts.',
    'const { slots } = addon;',
    '',
    '// Tagged values: each function writes one at slot `at` and returns the next free slot.',
    '',
  ];
  for (const [index, [name, tag]] of Object.entries(wire.tags).entries()) {
    if (tag.resultsOnly) continue;
    const payload = payloadOf(tag);
    lines.push(
      `export function put${name}(at: number${payload.map((part) => `, ${part}: number`).join('')}): number {`,
      `  slots[at] = ${index};`,
      ...payload.map((part, i) => `  slots[at + ${i + 1}] = ${part};`),
      `  return at + ${payload.length + 1};`,
      '}',
      '',
    );
  }
  lines.push('// Messages: each function writes what an entry point takes.', '');
  for (const [name, { about, takes }] of written) {
    const parameters = Object.entries(takes).map(([part, type]) => `${part}: ${types[type].ts}`);
    if (about) lines.push(...docComment(about));
    lines.push(
      `export function write${capital(name)}(${parameters.join(', ')}): void {`,
      ...writing(takes),
      '}',
      '',
    );
  }
  return lines.join('\n');
}

function docComment(about) {
  const lines = wrapped(about, ' *');
  return lines.length === 1 ? [`/**${lines[0].slice(2)} */`] : ['/**', ...lines, ' */'];
}

function writing(parts) {
  const entries = Object.entries(parts);
  const value = (part, type) => (type === 'flag' ? `${part} ? 1 : 0` : part);
  if (!entries.some(([, type]) => types[type].list))
    return entries.map(([part, type], i) => `  slots[${firstSlot + i}] = ${value(part, type)};`);
  const lines = [];
  for (const [index, [part, type]] of entries.entries()) {
    const isLast = index === entries.length - 1;
    const at = index === 0 ? `beginMessage(${firstSlot})` : 'at';
    const declared = index === 0 ? 'let at = ' : 'at = ';
    if (!types[type].list) {
      lines.push(`  slots[at${isLast ? '' : '++'}] = ${value(part, type)};`);
    } else {
      const numbers = type === 'flags' ? `${part}.map(Number)` : part;
      lines.push(`  ${isLast ? '' : declared}writeNumbers(${at}, ${numbers});`);
    }
  }
  return lines;
}

function codesInCpp() {
  const { status, slots, disposals, errorCodes, tags, argumentKinds } = wire;
  const lines = [
    banner,
    '#pragma once',
    '',
    '#include <array>',
    '#include <cstddef>',
    '',
    'namespace earsight {',
    '',
  ];
  lines.push(...wrapped(status.about, '//'));
  lines.push(
    `constexpr size_t kStatusSlot = ${status.slot};`,
    `constexpr double kSpilledStatus = ${status.spilled};`,
  );
  lines.push('// Where every message and its results begin.', `constexpr size_t kFirstSlot = ${firstSlot};`);
  lines.push(`constexpr size_t kSlotCount = ${slots};`, '');
  lines.push('// Layout of the buffer of handles that the next call frees.');
  lines.push(
    ...slotStruct('Disposals', positions(disposals.layout, 0)),
    `constexpr size_t kDisposalCount = ${disposals.handles};`,
    '',
  );
  lines.push('enum class ErrorCode : int {');
  for (const [index, [code, about]] of Object.entries(errorCodes).entries())
    lines.push(`  ${errorConstant(code)} = ${index},${about && `  // ${about}`}`);
  lines.push('};', '', 'enum class Tag : int {');
  for (const [index, [name, tag]] of Object.entries(tags).entries())
    lines.push(`  k${name} = ${index},${comment(tag)}`);
  lines.push('};', `constexpr size_t kTagCount = ${Object.keys(tags).length};`);
  lines.push('// By tag: how many numbers follow it, elements of a list not counted.');
  lines.push(
    `constexpr std::array<size_t, kTagCount> kPayload{${Object.values(tags)
      .map((tag) => payloadOf(tag).length)
      .join(', ')}};`,
    '',
  );
  lines.push("// Kinds of an argument, as an operator's schema has them.", 'enum class Kind : int {');
  for (const kind of argumentKinds) lines.push(`  ${constant(kind)},`);
  lines.push(
    '};',
    `constexpr std::array<const char*, ${argumentKinds.length}> kKindNames{${argumentKinds.map((kind) => `"${kind}"`).join(', ')}};`,
    '',
  );
  for (const [name, { about, takes }] of open)
    lines.push(...wrapped(about, '//'), ...slotStruct(`${capital(name)}Message`, positions(takes)), '');
  lines.push('}  // namespace earsight', '');
  return lines.join('\n');
}

function slotStruct(name, entries) {
  return [
    `struct ${name} {`,
    ...entries.map(([part, slot]) => `  static constexpr size_t ${constant(part)} = ${slot};`),
    '};',
  ];
}

function messagesInCpp() {
  const lines = [banner, '#pragma once', '', '#include "wire.h"', '', 'namespace earsight {', ''];
  for (const { type, members } of Object.values(wire.enumerations))
    for (const [code, member] of Object.values(members))
      lines.push(`static_assert(static_cast<int>(${type}::${member}) == ${code});`);
  lines.push(
    '',
    '// Messages: each function reads what an entry point takes. Braces keep the order of reading.',
    '',
  );
  for (const [name, { about, takes }] of written) {
    if (about) lines.push(...wrapped(about, '//'));
    const parts = Object.entries(takes);
    const reads = parts.map(([, type]) => `reader.${types[type].read}()`);
    const isOne = parts.length === 1;
    if (!isOne) {
      lines.push(`struct ${capital(name)}Message {`);
      for (const [part, type] of parts) lines.push(`  ${types[type].cpp} ${part};`);
      lines.push('};');
    }
    const result = isOne ? types[parts[0][1]].cpp : `${capital(name)}Message`;
    lines.push(
      `inline ${result} read${capital(name)}(Environment& environment) {`,
      '  WireReader reader(environment);',
    );
    lines.push(`  return ${isOne ? reads[0] : `{${reads.join(', ')}}`};`, '}', '');
  }
  lines.push('// Results: each function writes the parts of fixed size.', '');
  for (const [name, { gives }] of results) {
    const parts = Object.entries(gives).filter(([, type]) => type !== 'rest');
    lines.push(
      `inline void write${capital(name)}(WireWriter& writer, ${parts.map(([part, type]) => `${types[type].cpp} ${part}`).join(', ')}) {`,
    );
    for (const [part] of parts) lines.push(`  writer.number(${part});`);
    lines.push('}', '');
  }
  lines.push('}  // namespace earsight', '');
  return lines.join('\n');
}

const outputs = {
  'lib/runtime/wire-codes.generated.ts': codesInTypeScript(),
  'lib/runtime/wire-messages.generated.ts': messagesInTypeScript(),
  'native/node/wire_codes.generated.h': codesInCpp(),
  'native/node/wire_messages.generated.h': messagesInCpp(),
};
if (process.argv.includes('--check')) {
  const stale = Object.keys(outputs).filter(
    (file) => readFileSync(join(root, file), 'utf8') !== outputs[file],
  );
  if (stale.length > 0) {
    process.stderr.write(
      `${stale.join(', ')}: not what ${source} gives; run node scripts/generate-wire.mjs\n`,
    );
    process.exitCode = 1;
  }
} else {
  for (const [file, text] of Object.entries(outputs)) writeFileSync(join(root, file), text);
}
