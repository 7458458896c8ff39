// Makes a checkout ready to run: npm packages, libtorch, the native addon, compiled TypeScript. Needs only Node (no
// package may be imported here), does only what is missing or stale, and is safe to run before every command.
//
//   node scripts/bootstrap.mjs                 everything
//   node scripts/bootstrap.mjs --only=native   libtorch and the addon

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from './bootstrap/native.cjs';
import { findLibtorch, writeStamp } from './libtorch/locate.cjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { libtorch, source } = findLibtorch({ root, headers: true });
if (!libtorch) throw new Error('no libtorch');
writeStamp(root, { root: libtorch.root, version: libtorch.version, source });
await buildNative({ root, libtorch });
