/** `earsight eval`: accuracy of a model on a file of samples, or on a benchmark (eval-benchmark.ts). */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { BadInputError } from '../files/index.js';
import { adapterOf, adapterOption, count, examples, folder, seed, viewOption } from './arguments.js';
import { benchmarkNames, type EvalOptions, evaluateBenchmark } from './eval-benchmark.js';
import { addMediaOptions, poolOptions } from './media-options.js';
import { protocolOption, protocols } from './protocol-option.js';

export function addEval(program: Command): void {
  const command = program
    .command('eval')
    .description('answer samples or a benchmark by a model and print the accuracy by view')
    .argument('<model>', "the model's folder")
    .argument('<data...>', 'JSONL file of samples, or the files of a benchmark')
    .addOption(
      viewOption(
        '--view <views...>',
        'tracks that the model is shown: both, video, audio or none (default: each in turn; of a benchmark not none)',
      ),
    )
    .option(
      '--limit <number>',
      'answer this many samples, the first ones; of a benchmark, of each part',
      count,
    )
    .option('--max-new-tokens <number>', 'longest answer, in tokens', count, 256)
    .addOption(adapterOption())
    .option('--answers <file>', 'write every answer, JSONL')
    .option('--json', 'print the table as JSON')
    .addOption(
      new Option('--protocol <name>', 'how answers are laid out: as the model was trained').choices(
        protocols,
      ),
    )
    .option(
      '--instruction <text>',
      'how to answer, behind each question (default: of a benchmark its own with --protocol, else none)',
    )
    .option('--no-instruction', 'ask as recipes do that give none')
    .option('--final-question <text>', 'the second question of --protocol twoTurn')
    .addOption(
      new Option('--benchmark <name>', 'what the data is, if no file of samples').choices(benchmarkNames),
    )
    .option('--output <folder>', 'of a benchmark: where its answers are; the same command goes on', folder)
    .option('--clips <folder>', 'of a benchmark: where its clips are', folder)
    .addOption(
      new Option(
        '--missing-clips <what>',
        'of a benchmark: end at clips that are missing, or leave out their questions',
      )
        .choices(['refuse', 'leave-out'])
        .default('refuse'),
    )
    .option('--batch-size <number>', 'of a benchmark: questions asked and saved at once', count, 192)
    .option('--seed <number>', 'of benchmark synthetic: its clips depend on it alone (default: 0)', seed)
    .option('--size <number>', 'of benchmark synthetic: clips of each part (default: 100)', count)
    .addHelpText(
      'after',
      examples(
        'eval runs/recipe/grpo/model test.jsonl',
        'eval --view av v --limit 100 --answers answers.jsonl runs/recipe/grpo/model test.jsonl',
        'eval model academic.json standup.json synthdec.json --benchmark rivabench --clips videos --output runs/riva',
        'eval model runs/benchmark --benchmark synthetic --output runs/synthetic',
      ),
    )
    .action((model: string, data: string[], options: EvalOptions) =>
      options.benchmark === undefined
        ? evaluateFile(model, data, options)
        : evaluateBenchmark(model, data, { ...options, benchmark: options.benchmark }),
    );
  addMediaOptions(command);
}

async function evaluateFile(folder: string, files: string[], options: EvalOptions): Promise<void> {
  const [data, second] = files;
  if (second !== undefined)
    throw new BadInputError(`${second}: expected one file of samples; give --benchmark for several files`);
  const { output, clips, seed, size } = options;
  const foreign = { '--output': output, '--clips': clips, '--seed': seed, '--size': size };
  for (const [name, value] of Object.entries(foreign))
    if (value !== undefined)
      throw new BadInputError(`${name} ${value}: is of benchmarks; give --benchmark, or leave it out`);
  const protocol = protocolOption(options);
  const { readSamples } = await import('../data/index.js');
  const { accuracyTable, evaluate, formatAccuracy } = await import('../eval/index.js');
  const { openFolder } = await import('../recipe/index.js');
  const { startProgress } = await import('./progress.js');
  const samples = readSamples(data).slice(0, options.limit);
  const unanswered = samples.find(({ answer }) => answer === undefined);
  if (unanswered !== undefined) {
    throw new BadInputError(
      `${data}: sample '${unanswered.id}' has no "answer" to compare with; add it or leave the sample out`,
    );
  }
  if (options.answers !== undefined) checkWritable(options.answers);
  const model = await openFolder(folder, await poolOptions(options), {
    adapter: adapterOf(options.adapter),
    progress: startProgress,
  });
  const progress = startProgress('answering');
  try {
    const answered = await evaluate(model, samples, {
      views: options.view && [...new Set(options.view)],
      maxNewTokens: options.maxNewTokens,
      protocol,
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    if (options.answers !== undefined) {
      const lines = answered.map(
        ({ sample, ...answer }) => `${JSON.stringify({ id: sample.id, ...answer })}\n`,
      );
      writeFileSync(options.answers, lines.join(''));
    }
    const accuracy = accuracyTable(answered);
    console.log(
      options.json
        ? JSON.stringify(accuracy, null, 2)
        : formatAccuracy([{ stage: options.adapter ?? folder, accuracy }]),
    );
  } finally {
    await model.close();
  }
}

/** Before the first question: a wrong path must not show after the last one. What the file holds stays until then. */
function checkWritable(file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new BadInputError(
      `--answers ${file}: cannot be written: ${(error as Error).message}; give the path of a file in a folder that exists`,
    );
  }
}
