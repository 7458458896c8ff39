/** `earsight stage`: one stage of process DPO over files of its own. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import type { Sample } from '../data/index.js';
import { BadInputError, checkOutputFolder } from '../files/index.js';
import type { RecordJob, RecordStage } from '../recipe/index.js';
import type { Protocol } from '../rewards/index.js';
import { adapterOf, adapterOption, examples } from './arguments.js';
import { resumeText } from './command-text.js';
import { addMediaOptions, type MediaCommandOptions, poolOptions } from './media-options.js';
import { protocolOption } from './protocol-option.js';
import { weightsHash } from './weights-hash.js';

export interface StageOptions extends MediaCommandOptions {
  input: string[];
  output: string;
  model?: string;
  adapter?: string;
  data?: string;
  system?: string;
  instruction?: string;
  protocol: 'steps' | 'twoTurn';
  finalQuestion?: string;
  set?: string[];
  dryRun?: boolean;
  overwrite?: boolean;
}

const prompt = ['system', 'instruction', 'protocol', 'finalQuestion'];
const media = ['mediaWorkers', 'mediaTimeoutMs', 'mediaMaxRssBytes', 'mediaMaxResultBytes'];
const [run, asking] = [
  ['set', 'dryRun', 'overwrite'],
  ['adapter', ...prompt, ...media],
];

/**
 * `recordStages`, which need the addon, the training on what they make, and their published layout: the options that each needs
 * and those that it takes besides, `input` and `output` apart.
 */
const stages: Record<string, { needs: string[]; takes: string[] }> = {
  'sample-paths': { needs: ['model'], takes: [...run, ...asking] },
  'select-steps': { needs: ['model', 'data'], takes: [...run, ...asking] },
  'rollout-steps': { needs: ['model', 'data'], takes: [...run, ...asking] },
  'build-pairs': { needs: [], takes: run },
  preference: { needs: ['model', 'data'], takes: [...run, ...asking] },
  'import-published': { needs: [], takes: ['set', 'overwrite'] },
  'export-published': { needs: ['data'], takes: ['overwrite'] },
};

export function addStage(program: Command, end: (code: number) => void): void {
  const command = program
    .command('stage')
    .description(
      'run a stage of process DPO over files: sample paths, select their steps, roll them out, build pairs, train on them',
    )
    .addArgument(new Argument('<name>', 'the stage').choices(Object.keys(stages)))
    .addOption(
      new Option(
        '--input <files...>',
        'what it reads: samples (sample-paths), paths (select-steps, rollout-steps), paths and rolled out steps (build-pairs), pairs (preference), the published layout (import-published), or any records (export-published)',
      ).makeOptionMandatory(),
    )
    .requiredOption(
      '--output <file>',
      'what it writes, JSONL, or a folder (preference, import-published); of a run that was killed, what it goes on with',
    )
    .option('--model <folder>', 'the model that is asked or trained')
    .addOption(adapterOption())
    .option(
      '--data <file>',
      'samples that the records are of (select-steps, rollout-steps, preference, export-published)',
    )
    .option('--system <text>', 'the system message of samples that have none')
    .option('--instruction <text>', 'stands after each question')
    .addOption(
      new Option(
        '--protocol <name>',
        'how solutions are asked for: reasoning and answer in one turn, or in two',
      )
        .choices(['steps', 'twoTurn'])
        .default('steps'),
    )
    .option('--final-question <text>', 'of the second turn of twoTurn')
    .option('--set <settings...>', 'settings of the stage, key=value: numPaths=4 temperature=0.8')
    .option('--dry-run', 'says what it would take, in rollouts, tokens and time; writes nothing')
    .option('--overwrite', 'begin anew, in place of what the output holds')
    .addHelpText(
      'after',
      examples(
        'stage sample-paths --model runs/sft/model --input samples.jsonl --output paths.jsonl --dry-run',
        'stage rollout-steps --model runs/sft/model --data samples.jsonl --input paths.jsonl --output steps.jsonl',
        'stage build-pairs --input paths.jsonl steps.jsonl --output pairs.jsonl --set labels=hard',
        'stage preference --model runs/sft/model --data samples.jsonl --input pairs.jsonl --output runs/dpo --set beta=0.1',
      ),
    )
    .action(async (name: string, options: StageOptions) => {
      checkOptions(name, command);
      checkOutput(options);
      if (name === 'preference')
        return end(await (await import('./stage-preference.js')).runPreference(options));
      try {
        if (name === 'import-published')
          await (await import('./stage-published.js')).importPublished(options);
        else if (name === 'export-published')
          await (await import('./stage-published.js')).exportPublished(options);
        else await runRecordStage(name, options);
      } catch (error) {
        // Samples that the settings or the records do not fit.
        throw (error as Error).name === 'RangeError' ? new BadInputError((error as Error).message) : error;
      }
    });
  addMediaOptions(command);
}

/** @throws BadInputError naming an option that is missing or of no use */
function checkOptions(name: string, command: Command): void {
  const { needs, takes } = stages[name];
  for (const option of command.options) {
    const key = option.attributeName();
    if (['input', 'output'].includes(key)) continue;
    const isGiven = command.getOptionValueSource(key) === 'cli';
    if (!isGiven && needs.includes(key)) throw new BadInputError(`${name}: needs ${option.flags}`);
    if (isGiven && ![...needs, ...takes].includes(key))
      throw new BadInputError(`${name}: takes no ${option.long}; leave it out`);
  }
}

/** @throws BadInputError where nothing can be written there, and where what is read would be replaced */
function checkOutput({ input, data, output }: StageOptions): void {
  checkOutputFolder('--output', dirname(resolve(output)));
  const fileOf = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path));
  const read = [...input, ...(data === undefined ? [] : [data])];
  if (read.some((file) => fileOf(file) === fileOf(output)))
    throw new BadInputError(`--output ${output}: the stage reads this file; give another one`);
}

async function runRecordStage(name: string, options: StageOptions): Promise<void> {
  const { recordStages, stageSettings } = await import('../recipe/index.js');
  const { printResumeHint } = await import('./interrupt.js');
  const { terminal } = await import('./display.js');
  const stage = recordStages.find((it) => it.name === name) as RecordStage;
  const settings = stageSettings(stage, options.set ?? []);
  const job = await jobOf(stage, options);
  const dispose = printResumeHint(resumeText(process.argv.slice(2)));
  try {
    const whole: RecordJob = { ...job, settings, display: terminal };
    if (options.dryRun) console.log(await stage.records.dryRun(whole));
    else await stage.records.run(whole);
  } finally {
    dispose();
    await job.model?.close();
  }
}

/** @throws BadInputError for more files than the stage reads, and for options of the prompt that do not go together */
async function jobOf(stage: RecordStage, options: StageOptions): Promise<Omit<RecordJob, 'settings'>> {
  const { fileDigest, openFolder } = await import('../recipe/index.js');
  const { startProgress } = await import('./progress.js');
  const { reads } = stage.records;
  const asksSamples = reads.length === 0;
  const most = asksSamples ? 1 : reads.length;
  if (options.input.length > most)
    throw new BadInputError(
      `--input: ${stage.name} reads ${most === 1 ? 'one file' : `at most ${most} files`}, got ${options.input.length}`,
    );
  const data = asksSamples ? options.input[0] : options.data;
  const { model: folder, adapter, system, output, overwrite } = options;
  const protocol = protocolOption(options) as Protocol;
  const samples = data === undefined ? [] : await samplesOf(data, options);
  const model =
    folder === undefined
      ? null
      : await openFolder(folder, await poolOptions(options), {
          adapter: adapterOf(adapter),
          progress: startProgress,
        });
  const origin = {
    stage: stage.name,
    ...(folder !== undefined && { model: await weightsHash(folder) }),
    ...(adapter !== undefined && { adapter: await weightsHash(adapter) }),
    ...(data !== undefined && { data: fileDigest(data) }),
    ...(system !== undefined && { system }),
  };
  const inputs = reads.map((_, i) => options.input[i]);
  return { title: stage.title, seed: 0, samples, protocol, inputs, output, model, origin, overwrite };
}

async function samplesOf(file: string, { system }: StageOptions): Promise<Sample[]> {
  const { readSamples } = await import('../data/index.js');
  const samples = readSamples(file);
  const open = samples.find(({ answer }) => answer === undefined);
  if (open !== undefined)
    throw new BadInputError(
      `${file}: sample '${open.id}' has no "answer" to compare with; add it or leave the sample out`,
    );
  if (system === undefined) return samples;
  return samples.map((sample) => ({ ...sample, system: sample.system ?? system }));
}
