/** `earsight eval`: accuracy of a model on a file of samples. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { View } from '../data/index.js';
import { BadInputError } from '../files/index.js';
import { adapterOf, adapterOption, count, examples, viewOption } from './arguments.js';
import { addMediaOptions, type MediaCommandOptions, poolOptions } from './media-options.js';

interface EvalOptions extends MediaCommandOptions {
  view?: View[];
  limit?: number;
  maxNewTokens: number;
  answers?: string;
  adapter?: string;
  json?: boolean;
}

export function addEval(program: Command): void {
  const command = program
    .command('eval')
    .description('answer samples by a model and print the accuracy by question kind and view')
    .argument('<model>', "the model's folder")
    .argument('<data>', 'JSONL file of samples')
    .addOption(
      viewOption(
        '--view <views...>',
        'tracks that the model is shown: both, video, audio or none (default: each in turn)',
      ),
    )
    .option('--limit <number>', 'answer this many samples, the first ones', count)
    .option('--max-new-tokens <number>', 'longest answer, in tokens', count, 256)
    .addOption(adapterOption())
    .option('--answers <file>', 'write every answer, JSONL')
    .option('--json', 'print the table as JSON')
    .addHelpText(
      'after',
      examples(
        'eval runs/recipe/grpo/model test.jsonl',
        'eval --view av v --limit 100 --answers answers.jsonl runs/recipe/grpo/model test.jsonl',
      ),
    )
    .action(evaluateFile);
  addMediaOptions(command);
}

async function evaluateFile(folder: string, data: string, options: EvalOptions): Promise<void> {
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
