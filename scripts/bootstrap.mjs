// Minimal first form: compiles the addon against an unpacked libtorch (LIBTORCH or .cache/libtorch/torch).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const libtorch = process.env.LIBTORCH ?? join(root, '.cache/libtorch/torch');
if (!existsSync(join(libtorch, 'include'))) throw new Error(`no libtorch in ${libtorch}`);
const cmakeJs = join(root, 'node_modules/cmake-js/bin/cmake-js');
const args = [cmakeJs, 'build', '--directory', root, '--parallel', '2', `--CDEARSIGHT_LIBTORCH=${libtorch}`];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
