// Writes the C++ side of the tables of losses, lib/kernels/policy-losses.ts and preference-losses.ts: enumerations,
// settings and rows in native/kernels/policy/losses.generated.h, schemas and the reading of arguments in
// native/ops/losses.generated.h.
//
//   node scripts/generate-losses/generate.mjs            writes both files
//   node scripts/generate-losses/generate.mjs --check    fails when the checked-in files are not what it would write

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kernelsHeader } from './kernels-header.mjs';
import { operatorsHeader } from './operators-header.mjs';
import { tables } from './tables.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

const files = {
  'native/kernels/policy/losses.generated.h': kernelsHeader(tables),
  'native/ops/losses.generated.h': operatorsHeader(tables),
};

for (const [name, text] of Object.entries(files)) {
  const path = join(root, name);
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`${name} is not what the tables say: node scripts/generate-losses/generate.mjs\n`);
    process.exitCode = 1;
  }
}
