/** `earsight generate`: asks a model about a clip. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Sample } from '../data/index.js';
import { BadInputError } from '../files/index.js';
import type { GenerateOptions } from '../omni/index.js';
import { amount, count, examples, fraction, seed, viewOption } from './arguments.js';
import { addMediaOptions, type MediaCommandOptions, poolOptions } from './media-options.js';

type SamplingNames = 'numGenerations' | 'maxNewTokens' | 'temperature' | 'topP' | 'topK' | 'seed' | 'view';

interface GenerateCommandOptions extends Required<Pick<GenerateOptions, SamplingNames>>, MediaCommandOptions {
  stop?: string[];
  prefix?: string;
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
    .option('--option <texts...>', 'answers to choose from, two or more')
    .option('--audio <file>', "a sound track in place of the clip's own")
    .addOption(
      viewOption('--view <view>', 'tracks that the model is shown: both, video, audio or none').default('av'),
    )
    .option('--num-generations <number>', 'answers to sample', count, 1)
    .option('--max-new-tokens <number>', 'longest answer, in tokens', count, 256)
    .option('--temperature <number>', '0: the likeliest answer', amount, 0)
    .option('--top-p <number>', 'sample from the likeliest tokens that make up this probability', fraction, 1)
    .option('--top-k <number>', 'sample from this many likeliest tokens; 0: from all', seed, 0)
    .option('--seed <number>', 'of the sampling', seed, 0)
    .option('--stop <texts...>', 'end an answer where one of these texts stands')
    .option('--prefix <text>', 'what the answer continues; it is not shown again')
    .option('--json', 'with ids, log-probabilities and token counts')
    .addHelpText(
      'after',
      examples(
        'generate runs/recipe/sft/model clip.mp4 --question "What was heard first?" --option "a bell" "a dog"',
        'generate runs/recipe/sft/model clip.mp4 --question "What happens?" --temperature 1 --num-generations 4 --view a',
      ),
    )
    .action(generate);
  addMediaOptions(command);
}

/** Names of files that hold sound alone. */
const soundFile = /\.(wav|mp3|m4a|aac|flac|ogg|opus)$/i;

async function generate(folder: string, clip: string, options: GenerateCommandOptions): Promise<void> {
  const { openFolder } = await import('../recipe/index.js');
  const { question, option, audio, json } = options;
  const { numGenerations, maxNewTokens, temperature, topP, topK, seed, view, stop, prefix } = options;
  const sampling = { numGenerations, maxNewTokens, temperature, topP, topK, seed, view, stop, prefix };
  const sample = await sampleOf(clip, { question, option, audio });
  const model = await openFolder(folder, await poolOptions(options));
  try {
    const generation = await model.generate(sample, sampling);
    if (json) console.log(JSON.stringify(generation, null, 2));
    else for (const { text } of generation.completions) console.log(text);
  } catch (error) {
    // Options beyond what the model or the machine can do.
    throw (error as Error).name === 'RangeError' ? new BadInputError((error as Error).message) : error;
  } finally {
    await model.close();
  }
}

/** What the fields of a sample are called on the command line. */
const names: Record<string, string> = {
  video: '<clip>',
  question: '--question',
  options: '--option',
  audio: '--audio',
};

/** The clip and what is asked about it. @throws BadInputError naming the argument or option at fault */
async function sampleOf(
  clip: string,
  { question, option, audio }: Pick<GenerateCommandOptions, 'question' | 'option' | 'audio'>,
): Promise<Sample> {
  const { DataError, validateSample } = await import('../data/index.js');
  const isSound = soundFile.test(clip);
  if (isSound && audio !== undefined)
    throw new BadInputError(`--audio ${audio}: <clip> ${clip} is sound itself; give one of them`);
  const media = isSound ? { audio: clip } : { video: clip, audio: audio ?? null };
  const row = { id: 'clip', ...media, question, ...(option ? { options: option } : {}) };
  try {
    // Paths are relative to the working folder, as if a file there listed the sample.
    return validateSample(row, { file: resolve('command line') });
  } catch (error) {
    if (!(error instanceof DataError) || error.field === undefined) throw error;
    const [field] = error.field.split('[');
    const name = isSound && field === 'audio' ? '<clip>' : (names[field] ?? field);
    throw new BadInputError(error.message.replace(`${error.file}: "${error.field}"`, name));
  }
}
