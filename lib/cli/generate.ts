/** `earsight generate`: asks a model about a clip, or a question alone. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Sample } from '../data/index.js';
import { BadInputError } from '../files/index.js';
import type { GenerateOptions, OmniModel, TextPiece, TextPrompt } from '../omni/index.js';
import { adapterOf, adapterOption, count, examples } from './arguments.js';
import { isClip, isSound } from './clip-argument.js';
import { addMediaOptions, type MediaCommandOptions, poolOptions } from './media-options.js';
import { addSamplingOptions, type SamplingCommandOptions, samplingOf } from './sampling-options.js';

interface GenerateCommandOptions extends SamplingCommandOptions, MediaCommandOptions {
  numGenerations: number;
  prefix?: string;
  question: string;
  option?: string[];
  system?: string;
  tools?: string;
  audio?: string;
  adapter?: string;
  json?: boolean;
}

export function addGenerate(program: Command): void {
  const command = program
    .command('generate')
    .description('ask a model about a clip, or a question alone')
    .argument('<model>', "the model's folder")
    .argument('[clip]', 'video or sound file')
    .requiredOption('--question <text>', 'what to ask; for a base model, the text to continue')
    .option('--option <texts...>', 'answers to choose from, two or more')
    .option('--system <text>', 'the system message')
    .option('--tools <file>', 'JSON list of functions that the model may call, for its chat template')
    .option('--audio <file>', "a sound track in place of the clip's own")
    .option('--num-generations <number>', 'answers to sample', count, 1)
    .option('--prefix <text>', 'what the answer continues; it is not shown again')
    .addOption(adapterOption())
    .option('--json', 'with ids, log-probabilities and token counts')
    .addHelpText(
      'after',
      examples(
        'generate runs/recipe/sft/model clip.mp4 --question "What was heard first?" --option "a bell" "a dog"',
        'generate runs/recipe/sft/model clip.mp4 --question "What happens?" --temperature 1 --num-generations 4 --view a',
        'generate Qwen2.5-0.5B-Instruct --question "Why is the sky blue?" --system "Be brief."',
      ),
    )
    .action(generate);
  addMediaOptions(addSamplingOptions(command));
}

async function generate(
  folder: string,
  clip: string | undefined,
  options: GenerateCommandOptions,
): Promise<void> {
  const { openFolder } = await import('../recipe/index.js');
  const { startProgress } = await import('./progress.js');
  const sample = await sampleOf(clip, options);
  const model = await openFolder(folder, await poolOptions(options), {
    adapter: adapterOf(options.adapter),
    progress: startProgress,
  });
  const { json, numGenerations, prefix } = options;
  const sampling = { ...samplingOf(options, model), numGenerations, prefix };
  try {
    await show(model, sample, sampling, json === true);
  } catch (error) {
    // Options beyond what the model or the machine can do.
    throw (error as Error).name === 'RangeError' ? new BadInputError((error as Error).message) : error;
  } finally {
    await model.close();
  }
}

async function show(
  model: OmniModel,
  sample: Sample | TextPrompt,
  sampling: GenerateOptions,
  asJson: boolean,
): Promise<void> {
  if (!asJson && process.stdout.isTTY) return showPieces(model.stream(sample, sampling));
  const generation = await model.generate(sample, sampling);
  if (asJson) console.log(JSON.stringify(generation, null, 2));
  else for (const { text } of generation.completions) console.log(text);
}

/** Writes answers one below the other: the first that is not whole as it grows, those after it when it is their turn. */
async function showPieces(pieces: AsyncIterable<TextPiece>): Promise<void> {
  const waiting = new Map<number, string>();
  const whole = new Set<number>();
  let current = 0;
  for await (const { index, text, completion } of pieces) {
    if (index === current) process.stdout.write(text);
    else waiting.set(index, `${waiting.get(index) ?? ''}${text}`);
    if (completion !== undefined) whole.add(index);
    while (whole.delete(current)) {
      current += 1;
      process.stdout.write(`\n${waiting.get(current) ?? ''}`);
    }
  }
}

/** What the fields of a sample are called on the command line. */
const names: Record<string, string> = {
  video: '<clip>',
  question: '--question',
  options: '--option',
  audio: '--audio',
};

/** The question, and the clip that it is about. @throws BadInputError naming the argument or option at fault */
async function sampleOf(
  clip: string | undefined,
  { question, option, audio, system, tools }: GenerateCommandOptions,
): Promise<Sample | TextPrompt> {
  const { DataError, validateSample } = await import('../data/index.js');
  const isHeard = clip !== undefined && isSound(clip);
  const taken = option?.find((text) => isClip(text) && existsSync(text));
  if (clip === undefined && taken !== undefined)
    throw new BadInputError(`--option ${taken}: is a file; write <clip> behind <model>, before --option`);
  if (isHeard && audio !== undefined)
    throw new BadInputError(`--audio ${audio}: <clip> ${clip} is sound itself; give one of them`);
  const media = isHeard
    ? { audio: clip }
    : { ...(clip !== undefined && { video: clip }), audio: audio ?? null };
  const id = clip === undefined && audio === undefined ? 'prompt' : 'clip';
  const row = { id, ...media, question, ...(option ? { options: option } : {}) };
  try {
    // Paths are relative to the working folder, as if a file there listed the sample.
    const sample = validateSample(row, { file: resolve('command line') });
    return { ...sample, system, ...(tools !== undefined && { tools: await readTools(tools) }) } as Sample;
  } catch (error) {
    if (!(error instanceof DataError) || error.field === undefined) throw error;
    const [field] = error.field.split('[');
    const name = isHeard && field === 'audio' ? '<clip>' : (names[field] ?? field);
    throw new BadInputError(error.message.replace(`${error.file}: "${error.field}"`, name));
  }
}

async function readTools(file: string): Promise<object[]> {
  const { readUserText } = await import('../runtime/index.js');
  const text = readUserText(file, { fail: (reason) => new BadInputError(`--tools: ${file}: ${reason}`) });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadInputError(`--tools: ${file}: not JSON: ${(error as Error).message}`);
  }
  if (Array.isArray(value) && value.every((tool) => typeof tool === 'object' && tool !== null)) return value;
  throw new BadInputError(`--tools: ${file}: expected a list of objects, one a function`);
}
