// What PyTorch says about its Python API (pytorch.jsonl, written by collect.py), and which of it is left out by rule.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXCLUDED } from './rules.mjs';
import { parseSchema } from './schema.mjs';

const file = join(dirname(fileURLToPath(import.meta.url)), 'pytorch.jsonl');

/**
 * `entries`: names of operators, { table, name, doc, ops }. `python`: names by the Python module that defines them, of
 * which no operator of libtorch is the whole. `schemas`: by operator.
 */
export function readFacts() {
  const facts = { torch: '', entries: [], python: {}, schemas: new Map() };
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const fact = JSON.parse(line);
    if (fact.torch) facts.torch = fact.torch;
    else if (fact.python) facts.python[fact.python] = fact.names;
    else if (fact.op) facts.schemas.set(fact.op, parseSchema(fact.op, fact.schema));
    else facts.entries.push(fact);
  }
  return facts;
}

/** Why a name is left out by a rule; null: it is not. */
export function reasonExcluded(table, name) {
  return (
    EXCLUDED.find(([pattern, , tables]) => pattern.test(name) && (!tables || tables.includes(table)))?.[1] ??
    null
  );
}
