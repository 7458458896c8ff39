// An earlier commit of this repository, built in a worktree of its own in the cache folder, where later runs find it.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import earsight from '../../dist/index.js';
import { BenchmarkError } from '../python.mjs';
import { MissingPeer } from './programs.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { cacheFolder } = createRequire(import.meta.url)('../../scripts/libtorch/locate.cjs');

const git = (args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });

/**
 * The folder of the built commit.
 * @throws MissingPeer where the checkout does not have the commit
 */
export function builtCommit(commit) {
  const folder = join(cacheFolder(root), 'bench', `earsight-${commit}`);
  if (!existsSync(folder)) {
    if (git(['cat-file', '-e', `${commit}^{commit}`]).status !== 0)
      throw new MissingPeer(`this checkout has no commit ${commit}: git fetch --unshallow`);
    const { status, stderr } = git(['worktree', 'add', '--force', '--detach', folder, commit]);
    if (status !== 0) throw new BenchmarkError(`rollout: git worktree add failed:\n${stderr}`);
  }
  process.stderr.write(`rollout: building commit ${commit} where it is not built (minutes, once)\n`);
  const { EARSIGHT_CACHE: _, ...env } = process.env;
  env.LIBTORCH = earsight.nativeInfo().libtorch.root;
  const { status } = spawnSync(process.execPath, ['scripts/bootstrap.mjs'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new BenchmarkError(`rollout: commit ${commit} did not build in ${folder}`);
  return folder;
}
