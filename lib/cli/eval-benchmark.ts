/** `earsight eval --benchmark`: a run in a folder, which the same command goes on with. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, MissingClip, View } from '../data/index.js';
import { BadInputError, checkOutputFolder, replaceFile } from '../files/index.js';
import type { MediaPoolOptions } from '../media/index.js';
import { adapterOf } from './arguments.js';
import { commandText } from './command-text.js';
import { type MediaCommandOptions, poolOptions } from './media-options.js';
import { type PromptOptions, protocolOption } from './protocol-option.js';
import { weightsHash } from './weights-hash.js';

const synthetic = 'synthetic';

/** Those of lib/data, which takes the addon, and the one that is made. */
export const benchmarkNames = [
  ...['rivabench', 'daily-omni', 'worldsense', 'omnivideobench', 'video-mme', 'next-qa'],
  synthetic,
] as const;

/** Of `earsight eval`. */
export interface EvalOptions extends MediaCommandOptions, PromptOptions {
  view?: View[];
  limit?: number;
  maxNewTokens: number;
  answers?: string;
  adapter?: string;
  json?: boolean;
  benchmark?: (typeof benchmarkNames)[number];
  output?: string;
  clips?: string;
  missingClips: 'refuse' | 'leave-out';
  batchSize?: number;
  seed?: number;
  size?: number;
}

type Options = EvalOptions & Required<Pick<EvalOptions, 'benchmark'>>;

export async function evaluateBenchmark(
  folder: string,
  files: readonly string[],
  options: Options,
): Promise<void> {
  const { adapter, limit, maxNewTokens, batchSize, view } = options;
  const output = outputOf(options);
  const { benchmarkProtocol, formatBenchmark, runBenchmark } = await import('../eval/index.js');
  const { openFolder } = await import('../recipe/index.js');
  const { printResumeHint } = await import('./interrupt.js');
  const { startProgress } = await import('./progress.js');
  // The synthetic benchmark is for models of recipes, which ask so.
  const wording = options.benchmark === synthetic ? undefined : benchmarkProtocol;
  const protocol = protocolOption(options, wording);
  const media = await poolOptions(options);
  const dispose = printResumeHint(commandText('earsight', ...process.argv.slice(2)));
  try {
    const benchmark = await readFiles(files, options, media);
    checkClips(benchmark, output, options);
    const model = await openFolder(folder, media, { adapter: adapterOf(adapter), progress: startProgress });
    const progress = startProgress('answering');
    try {
      const results = await runBenchmark(model, benchmark, {
        ...{ output, limit, maxNewTokens, batchSize, protocol },
        views: view && [...new Set(view)],
        settings: {
          model: await weightsHash(folder),
          ...(adapter !== undefined && { adapter: await weightsHash(adapter) }),
        },
        onProgress: (done, total) => progress.update(done, total),
      });
      progress.stop();
      const { questions, leftOut } = results;
      const title = `${benchmark.title}: ${questions} questions${leftOut > 0 ? `, ${leftOut} left out` : ''}`;
      console.log(
        options.json ? JSON.stringify(results, null, 2) : `${title}\n\n${formatBenchmark(results)}`,
      );
    } finally {
      await model.close();
    }
  } finally {
    dispose();
  }
}

/** @throws BadInputError for options that do not go together */
function outputOf({ benchmark, output, answers, seed, size, clips }: Options): string {
  if (answers !== undefined)
    throw new BadInputError(
      `--answers ${answers}: answers of a benchmark are in answers.jsonl of --output; leave it out`,
    );
  const foreign = benchmark === synthetic ? { '--clips': clips } : { '--seed': seed, '--size': size };
  for (const [name, value] of Object.entries(foreign))
    if (value !== undefined)
      throw new BadInputError(`${name} ${value}: is not of --benchmark ${benchmark}; leave it out`);
  if (output === undefined)
    throw new BadInputError(`--benchmark ${benchmark}: give --output, the folder where answers are kept`);
  checkOutputFolder('--output', output);
  return output;
}

async function readFiles(
  files: readonly string[],
  { benchmark, clips, seed, size }: Options,
  media: MediaPoolOptions,
): Promise<Benchmark> {
  const { readBenchmark } = await import('../data/index.js');
  if (benchmark !== synthetic) return readBenchmark(benchmark, files, { media: clips });
  const [folder, second] = files;
  if (second !== undefined)
    throw new BadInputError(`${second}: --benchmark synthetic takes one folder, where it is or is made`);
  const made = await madeBenchmark(folder, media, { seed, size });
  return { ...(await readBenchmark('rivabench', made)), name: synthetic, title: 'synthetic benchmark' };
}

/** The files of the synthetic benchmark in a folder, which is made or finished where it is not whole. */
async function madeBenchmark(
  folder: string,
  media: MediaPoolOptions,
  { seed, size }: Pick<Options, 'seed' | 'size'>,
): Promise<string[]> {
  const { generateSyntheticBenchmark } = await import('../data/index.js');
  const { MediaPool } = await import('../media/index.js');
  const { readJsonObject } = await import('../runtime/index.js');
  const { startProgress } = await import('./progress.js');
  checkOutputFolder('--benchmark synthetic', folder);
  const record = join(folder, 'benchmark.json');
  const found = existsSync(record) ? readJsonObject(record) : {};
  type Settings = Parameters<typeof generateSyntheticBenchmark>[1];
  const of = (clips: number): Settings['clips'] => ({ academic: clips, standUp: clips, synthDec: clips });
  const settings = {
    seed: seed ?? (found.seed as number | undefined) ?? 0,
    clips: size === undefined ? ((found.clips as Settings['clips'] | undefined) ?? of(100)) : of(size),
  };
  const progress = startProgress('making clips');
  const pool = new MediaPool(media);
  try {
    const onProgress = (done: number, total: number) => progress.update(done, total);
    return Object.values(await generateSyntheticBenchmark(folder, { ...settings, pool, onProgress }));
  } finally {
    progress.stop();
    await pool.close();
  }
}

/** @throws BadInputError where clips are missing and their questions are not left out, and where none is left */
function checkClips(
  { title, questions, missing }: Benchmark,
  output: string,
  { missingClips }: Options,
): void {
  if (missing.length > 0) {
    const file = join(output, 'missing-clips.jsonl');
    mkdirSync(output, { recursive: true });
    replaceFile(file, missing.map((clip) => `${JSON.stringify(clip)}\n`).join(''));
    const text = `${title}: ${missingText(missing)}; all of them: ${file}`;
    if (missingClips === 'refuse')
      throw new BadInputError(
        `${text}. Fix: put them there, give their folder as --clips, or leave out their questions by ` +
          '--missing-clips leave-out',
      );
    process.stderr.write(`${text}. Their questions are left out.\n`);
  }
  if (questions.length === 0) throw new BadInputError(`${title}: no question is left to be asked`);
}

const mostShown = 8;

function missingText(missing: readonly MissingClip[]): string {
  const ids = new Set(missing.flatMap((clip) => clip.ids));
  const shown = missing.slice(0, mostShown).map((clip) => `\n  ${clip.path} (${clip.ids.join(', ')})`);
  const more = missing.length > mostShown ? `\n  and ${missing.length - mostShown} more` : '';
  return `clips are missing: ${missing.length}, of ${ids.size} questions${shown.join('')}${more}\n`;
}
