/** `earsight generate`: asks a model about a clip. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { GenerateOptions } from '../rollout/index.js';
import { amount, count, seed, viewOption } from './arguments.js';
import { addMediaOptions, type MediaCommandOptions, poolOptions } from './media-options.js';

interface GenerateCommandOptions extends Required<GenerateOptions>, MediaCommandOptions {
  question: string;
  option?: string[];
  audio?: string;
  json?: boolean;
}

export function addGenerate(program: Command): void {
  const command = program
    .command('generate')
    .description('ask a model about a clip')
    .argument('<model>', "the model's folder")
    .argument('<clip>', 'video or sound file')
    .requiredOption('--question <text>', 'what to ask')
    .option('--option <texts...>', 'the answers to choose from')
    .option('--audio <file>', "a sound track in place of the clip's own")
    .addOption(viewOption('--view <view>', 'tracks that the model is shown').default('av'))
    .option('--num-generations <number>', 'answers to sample', count, 1)
    .option('--max-new-tokens <number>', 'longest answer', count, 256)
    .option('--temperature <number>', '0: the likeliest answer', amount(), 0)
    .option('--top-p <number>', 'sample from the likeliest tokens that make up this share', amount(1), 1)
    .option('--top-k <number>', 'sample from this many likeliest tokens; 0: from all', seed, 0)
    .option('--seed <number>', 'of the sampling', seed, 0)
    .option('--json', 'with ids, log-probabilities and token counts')
    .action(generate);
  addMediaOptions(command);
}

/** Names of files that hold sound alone. */
const soundFile = /\.(wav|mp3|m4a|aac|flac|ogg|opus)$/i;

async function generate(folder: string, clip: string, options: GenerateCommandOptions): Promise<void> {
  const { validateSample } = await import('../data/index.js');
  const { openFolder } = await import('./open-folder.js');
  const { question, option, audio, json } = options;
  const { numGenerations, maxNewTokens, temperature, topP, topK, seed, view } = options;
  const sampling = { numGenerations, maxNewTokens, temperature, topP, topK, seed, view };
  // Paths are relative to the working folder, as if a file there listed the sample.
  const media = soundFile.test(clip) ? { audio: clip } : { video: clip, audio: audio ?? null };
  const row = { id: 'clip', ...media, question, ...(option ? { options: option } : {}) };
  const sample = validateSample(row, { file: resolve('command line') });
  const model = await openFolder(folder, await poolOptions(options));
  try {
    const generation = await model.generate(sample, sampling);
    if (json) console.log(JSON.stringify(generation, null, 2));
    else for (const { text } of generation.completions) console.log(text);
  } finally {
    await model.close();
  }
}
