/** `earsight demo`: makes a synthetic dataset of clips, trains a small model on it from nothing and shows what each stage gained. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { BadInputError, checkOutputFolder } from '../files/index.js';
import { count, duration, examples, folder, minutesHelp, seed } from './arguments.js';
import { commandText } from './command-text.js';

interface DemoOptions {
  quick?: boolean;
  seed: number;
  threads: number;
  output?: string;
  minutes?: number;
  compare?: boolean;
}

export function addDemo(program: Command, end: (code: number) => void): void {
  program
    .command('demo')
    .description(
      'train a small audio-visual model from scratch on generated clips (about 7 minutes on 2 cores)',
    )
    .option('--quick', 'every stage for seconds: shows that all parts work, not that they learn')
    .option('--seed <number>', 'of clips, weights and sampling', seed, 0)
    .option('--threads <number>', 'CPU threads', count, 2)
    .option('--output <folder>', 'where everything goes (default: runs/demo-<time>)', folder)
    .option('--minutes <number>', minutesHelp, duration)
    .option('--compare', 'also train by SFT for as long as GRPO took, to compare (takes longer)')
    .addHelpText('after', examples('demo --quick', 'demo --minutes 5 --output runs/demo'))
    .action(async (options: DemoOptions) => end(await demo(options)));
}

async function demo({
  quick = false,
  seed,
  threads,
  output = freshFolder(),
  compare = false,
  minutes,
}: DemoOptions): Promise<number> {
  const file = join(output, 'recipe.yaml');
  const resumeCommand = commandText('earsight', 'train', file, '--resume');
  if (existsSync(file)) {
    throw new BadInputError(
      `--output ${output}: holds a demo already; choose another folder, or go on with it: ${resumeCommand}`,
    );
  }
  checkOutputFolder('--output', output);
  const { maxThreads } = await import('../runtime/index.js');
  if (threads > maxThreads) {
    throw new BadInputError(`--threads ${threads}: expected a whole number from 1 to ${maxThreads}`);
  }
  const { demoPlan } = await import('./demo-plan.js');
  const { generateSyntheticDataset } = await import('../data/index.js');
  const { MediaPool } = await import('../media/index.js');
  const { printResumeHint } = await import('./interrupt.js');
  const { bayesOptimalText } = await import('./bayes-optimal-text.js');
  const { startProgress } = await import('./progress.js');
  const { FolderLock } = await import('../train/index.js');
  const { stringify } = await import('yaml');
  const { clips, recipe } = demoPlan({ quick, seed, threads, compare });

  const lock = FolderLock.take(output, '--output');
  console.log(
    `Bayes-optimal accuracy on the questions, the most that any model can reach, by the tracks that it is shown:\n${bayesOptimalText()}\n`,
  );
  const again = commandText(
    ...['earsight', 'demo', ...(quick ? ['--quick'] : []), ...(compare ? ['--compare'] : [])],
    ...['--seed', `${seed}`, '--threads', `${threads}`, '--output', output],
    ...(minutes === undefined ? [] : ['--minutes', `${minutes}`]),
  );
  const dispose = printResumeHint(again);
  const progress = startProgress('making clips');
  const pool = new MediaPool({ tmpDir: output });
  try {
    await generateSyntheticDataset(join(output, 'dataset'), {
      seed,
      clips,
      pool,
      onProgress: (done, total) => progress.update(done, total),
    });
    writeFileSync(file, stringify(recipe));
  } catch (error) {
    lock.release();
    throw error;
  } finally {
    progress.stop();
    dispose();
    await pool.close();
  }

  const { readRecipe } = await import('../recipe/index.js');
  const { runRecipeCommand } = await import('./run-recipe-command.js');
  const code = await runRecipeCommand(await readRecipe(file), {
    lock,
    minutes,
    resumeCommand,
  });
  if (code === 0 && quick) console.log('A quick run: too short to learn anything, its figures mean nothing.');
  return code;
}

function freshFolder(): string {
  const time = new Date().toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '');
  return join('runs', `demo-${time}`);
}
