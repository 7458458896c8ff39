/** How answers are sampled, on the command line: the same options for every command that asks a model. */
import { type Command, Option } from 'commander';
import type { View } from '../data/index.js';
import type { GenerateOptions, OmniModel } from '../omni/index.js';
import { amount, count, fraction, positive, probability, seed, viewOption, views } from './arguments.js';

export type SamplingCommandOptions = Pick<
  GenerateOptions,
  'view' | 'maxNewTokens' | 'temperature' | 'topP' | 'topK' | 'minP' | 'repetitionPenalty' | 'seed' | 'stop'
>;

const allViews: readonly View[] = [...views, 'shuffled'];

/** What holds where neither the option nor the model's folder has another value. */
function fromFolder(value: string): string {
  return `(default: that of generation_config.json, else ${value})`;
}

const options: readonly Option[] = [
  viewOption(
    '--view <view>',
    'tracks that the model is shown: both, video, audio, none, or both with the frames in random order',
    allViews,
  ).default('av'),
  new Option('--max-new-tokens <number>', `longest answer, in tokens ${fromFolder('256')}`).argParser(count),
  new Option('--temperature <number>', `0: the likeliest answer ${fromFolder('0')}`).argParser(amount),
  new Option(
    '--top-p <number>',
    `sample from the likeliest tokens that make up this probability ${fromFolder('1')}`,
  ).argParser(fraction),
  new Option(
    '--top-k <number>',
    `sample from this many likeliest tokens; 0: from all ${fromFolder('0')}`,
  ).argParser(seed),
  new Option(
    '--min-p <number>',
    `leave out tokens below this fraction of the likeliest one ${fromFolder('0')}`,
  ).argParser(probability),
  new Option(
    '--repetition-penalty <number>',
    `above 1: make tokens that occurred less likely ${fromFolder('1')}`,
  ).argParser(positive),
  new Option('--seed <number>', 'of the sampling').argParser(seed).default(0),
  new Option('--stop <texts...>', 'end an answer where one of these texts stands'),
];

export function addSamplingOptions(command: Command): Command {
  for (const option of options) command.addOption(option);
  return command;
}

/** What was given; without a temperature the likeliest answer, as far as the model's folder does not say. */
export function samplingOf(given: SamplingCommandOptions, { generation }: OmniModel): SamplingCommandOptions {
  const values = given as Record<string, unknown>;
  const named = options.map((option) => option.attributeName()).map((name) => [name, values[name]]);
  const { temperature = 0 } = generation.params;
  return { temperature, ...Object.fromEntries(named.filter(([, value]) => value !== undefined)) };
}
