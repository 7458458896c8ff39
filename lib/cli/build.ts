/** `earsight build`: fetches libtorch and compiles the addon in an installed package. Plain files: nothing is loaded. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { examples } from './arguments.js';

/** Shipped beside dist/; also what a checkout's bootstrap runs. */
const setUp = '../../scripts/bootstrap/addon.cjs';

interface SetUp {
  setUpInstalled(options: { root: string }): Promise<{ root: string; version: string }>;
}

export function addBuild(program: Command): void {
  program
    .command('build')
    .description('fetch libtorch and compile the addon, as far as they are missing')
    .addHelpText('after', examples('build'))
    .action(async () => {
      const { setUpInstalled } = require(setUp) as SetUp;
      const { root, version } = await setUpInstalled({ root: join(__dirname, '../..') });
      process.stdout.write(`ready: libtorch ${version} in ${root}\n`);
    });
}
