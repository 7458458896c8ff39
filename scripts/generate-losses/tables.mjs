// The tables of losses as the generator sees them, and the C++ names of what stands in them.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

const folder = fileURLToPath(new URL('../../lib/kernels', import.meta.url));

/** The exports of a TypeScript file of lib/kernels that imports nothing at run time but such files. */
function load(name) {
  const { code } = transformFileSync(join(folder, name), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const exports = {};
  const required = (path) => load(path.replace(/^\.\/(.*)\.js$/, '$1.ts'));
  new Function('exports', 'require', code)(exports, required);
  return exports;
}

export const tables = {
  ...load('policy-losses.ts'),
  ...load('preference-losses.ts'),
  ...load('loss-fields.ts'),
};

export const banner =
  '// Generated from lib/kernels/policy-losses.ts and preference-losses.ts by scripts/generate-losses; do not edit.';

/** 'seq-mean-token-mean', 'fDivergenceType' -> SeqMeanTokenMean, FDivergenceType */
export const pascal = (name) =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join('');

export const enumerator = (word) => `k${pascal(word)}`;

export const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const isChoice = ({ type }) => typeof type !== 'string';

/** The enumeration of a choice. Its words are the first of the enumeration's. */
export const choiceName = (name) => (name === 'importanceSamplingLevel' ? 'Level' : pascal(name));

export const number = (value) => {
  if (value === Infinity) return 'kInfinity';
  if (value === -Infinity) return '-kInfinity';
  return Number.isInteger(value) ? `${value}.0` : `${value}`;
};

/** Whether the C++ setting may hold nothing: null stands for no value. */
export const isOptional = (field) => field.default === null && field.whenNull === undefined;

/** Words at most 118 columns wide, `indent` spaces in from the second line on. */
export function wrapped(words, indent, separator = ', ') {
  const lines = [''];
  for (const [i, word] of words.entries()) {
    const piece = i + 1 < words.length ? word + separator.trimEnd() : word;
    const line = lines.at(-1);
    if (line !== '' && indent + line.length + 1 + piece.length > 118) lines.push(piece);
    else lines[lines.length - 1] = line === '' ? piece : `${line} ${piece}`;
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}
