// Reads the imports of TypeScript files by a parser. For the checks of lib/ (check-layers.mjs, unused-exports.mjs).

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseSync } from '@swc/core';

export function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The syntax tree of a file. @throws when it is not valid TypeScript */
export function parsed(file) {
  return parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', decorators: true });
}

/** Whether an import only passes its names on: `from` of importsIn. */
export function isPassedOn(from) {
  return from === 'ExportNamedDeclaration' || from === 'ExportAllDeclaration';
}

/**
 * Every import, export from, type import, `import()`, `require()` and `require.resolve()` in a tree:
 * [{ specifier, dynamic, names, from }]. `specifier` is undefined where it is computed; `prefix` is then the literal that it
 * starts with. `names` are the imported names, '*' for all of them, `from` the type of the node.
 */
export function importsIn(tree) {
  const found = [];
  visit(tree, (node) => {
    const read = readers[node.type]?.(node);
    if (read !== undefined) found.push({ dynamic: false, names: ['*'], from: node.type, ...read });
  });
  return found;
}

const readers = {
  ImportDeclaration: ({ source, specifiers }) => ({
    specifier: source.value,
    names: specifiers.map(importedName),
  }),
  ExportNamedDeclaration: ({ source, specifiers }) =>
    source ? { specifier: source.value, names: specifiers.map(exportedFrom) } : undefined,
  ExportAllDeclaration: ({ source }) => ({ specifier: source.value }),
  TsExternalModuleReference: ({ expression }) => ({ specifier: expression.value }),
  TsImportType: ({ argument, qualifier }) => ({
    specifier: argument.value,
    names: [qualifier ? firstName(qualifier) : '*'],
  }),
  CallExpression: ({ callee, arguments: [first] }) =>
    isImportCall(callee) && first !== undefined ? { ...literal(first.expression), dynamic: true } : undefined,
};

function importedName({ type, imported, local }) {
  return type === 'ImportSpecifier'
    ? (imported ?? local).value
    : type === 'ImportDefaultSpecifier'
      ? 'default'
      : '*';
}

function exportedFrom({ type, orig }) {
  return type === 'ExportSpecifier' ? orig.value : '*';
}

function firstName(qualifier) {
  return qualifier.type === 'Identifier' ? qualifier.value : firstName(qualifier.left);
}

function isImportCall(callee) {
  if (callee.type === 'MemberExpression')
    return isImportCall(callee.object) && callee.property.value === 'resolve';
  return callee.type === 'Import' || (callee.type === 'Identifier' && callee.value === 'require');
}

/** { specifier } of a literal, { prefix } of an expression that starts with one, {} of any other. */
function literal(expression) {
  switch (expression.type) {
    case 'StringLiteral':
      return { specifier: expression.value };
    case 'TemplateLiteral': {
      const start = expression.quasis[0].cooked;
      return expression.expressions.length === 0 ? { specifier: start } : { prefix: start };
    }
    case 'BinaryExpression': {
      const { specifier, prefix } = literal(expression.left);
      return { prefix: specifier ?? prefix };
    }
    case 'ParenthesisExpression':
    case 'TsAsExpression':
    case 'TsConstAssertion':
      return literal(expression.expression);
    default:
      return {};
  }
}

/** The source file that a relative specifier names. */
export function sourceOf(file, specifier) {
  const path = resolve(dirname(file), specifier);
  const candidates = [path.replace(/\.([cm]?)js$/, '.$1ts'), path, `${path}.ts`, join(path, 'index.ts')];
  return (
    candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile()) ?? candidates[0]
  );
}

export function visit(node, enter) {
  if (Array.isArray(node)) for (const item of node) visit(item, enter);
  else if (typeof node === 'object' && node !== null) {
    if (typeof node.type === 'string') enter(node);
    for (const value of Object.values(node)) visit(value, enter);
  }
}
