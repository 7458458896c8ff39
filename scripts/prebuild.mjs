// Puts this machine's compiled addon into prebuilds/<platform>-<arch>/, where node-gyp-build finds it in an installed
// package. libtorch itself is never packed: it is 500 MB, and the user's own may be the one with CUDA.

import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import layout from './libtorch/layout.cjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
const names = [
  'earsight.node',
  `libearsight_ops${layout.suffix}`,
  `libearsight_node${layout.suffix}`,
  'earsight.json',
];

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const name of names) copyFileSync(join(root, 'build', 'Release', name), join(target, name));
