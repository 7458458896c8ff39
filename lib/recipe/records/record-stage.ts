/**
 * Stages that make files of records of process DPO: from samples and records of stages before, sample by sample, so that they
 * can be killed and gone on with. Each is a stage of recipes and, over files of its own, a command.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Sample } from '../../data/index.js';
import type { OmniModel } from '../../omni/index.js';
import { reasoningProtocols } from '../../process/index.js';
import type { Protocol } from '../../rewards/index.js';
import { shown } from '../../runtime/index.js';
import type { Display } from '../display.js';
import { recipeProtocol } from '../protocol.js';
import {
  latestFile,
  type Recipe,
  type Settings,
  type SettingsProblem,
  type Stage,
  type StageContext,
  type StageUse,
  titleOf,
} from '../stage.js';
import { judgeLacks, judgeSettingProblems } from './judge-settings.js';
import type { RecordTotals } from './record-work.js';

/** What records are made of. */
export interface RecordJob {
  title: string;
  settings: Settings;
  /** Where the settings give none. */
  seed: number;
  samples: readonly Sample[];
  /** How they are asked. */
  protocol: Protocol;
  /** Files of records, one for each group of `RecordCommand.reads`; undefined: an optional one that there is not. */
  inputs: readonly (string | undefined)[];
  output: string;
  /** Null where the stage asks none. */
  model: OmniModel | null;
  /** What else the records depend on, such as the model's folder: with another they are not gone on with. */
  origin: object;
  overwrite?: boolean;
  /** Services of judges are not asked. */
  isTrial?: boolean;
  display?: Display;
}

/** A file that a stage reads: one of these names, as stages before leave them. */
export interface RecordInput {
  names: readonly string[];
  isOptional?: true;
}

export interface RecordCommand {
  reads: readonly RecordInput[];
  asksModel: boolean;
  run(job: RecordJob): Promise<RecordTotals>;
  /** What a run would take; writes nothing. */
  dryRun(job: RecordJob): Promise<string>;
}

export interface RecordStage extends Stage {
  readonly records: RecordCommand;
}

interface StageTexts extends Pick<Stage, 'name' | 'title'> {
  schema: z.ZodObject;
  /** The file that it leaves. */
  writes: string;
}

export function recordStage({ writes, ...texts }: StageTexts, records: RecordCommand): RecordStage {
  return {
    ...texts,
    records,
    defaults: {},
    inputs: records.reads.flatMap(({ names, isOptional }) => (isOptional || names.length > 1 ? [] : names)),
    outputs: [writes],
    metrics: [],
    answersQuestions: false,
    check,
    checkMachine: ({ settings }) => judgeLacks(settings),
    estimate: () => null,
    predictMemory: () => [],
    dryRun(context) {
      const folder = join(context.recipe.output, context.use.name);
      const job = jobOf(context, join(folder, writes), records.reads);
      const areMade = job.inputs.every((file) => file === undefined || existsSync(file));
      return areMade ? records.dryRun({ ...job, isTrial: true }) : Promise.resolve(null);
    },
    async run(context, { folder, display }) {
      const started = performance.now();
      const job = jobOf(context, join(folder as string, writes), records.reads);
      const { done, total, tokens } = await records.run({ ...job, display });
      const seconds = (performance.now() - started) / 1000;
      return { steps: done, maxSteps: total, seconds, numTokens: tokens, endedBy: 'steps', signal: null };
    },
  };
}

function jobOf(context: StageContext, output: string, reads: readonly RecordInput[]): RecordJob {
  const { recipe, use, samples, model } = context;
  let after: StageUse | undefined;
  const inputs = reads.map(({ names, isOptional }) => {
    // What is made of another file of this stage is made after it.
    const found = latestFile(context, names, isOptional ? after : undefined);
    after = found?.maker;
    return found?.file;
  });
  return {
    title: titleOf(use),
    settings: use.settings,
    seed: recipe.seed,
    samples: [...samples.withRationale, ...samples.answerOnly],
    protocol: recipeProtocol(recipe),
    inputs,
    output,
    model,
    origin: {},
  };
}

function check({ settings, stage, name }: StageUse, recipe: Recipe): SettingsProblem[] {
  const missing = missingInput(stage as RecordStage, name, recipe);
  return [
    ...(missing === null ? [] : [missing]),
    ...judgeSettingProblems(settings),
    ...((stage as RecordStage).records.asksModel ? protocolProblems(recipe) : []),
  ];
}

/** A file of several names that no stage before leaves. */
function missingInput({ records }: RecordStage, name: string, { stages }: Recipe): SettingsProblem | null {
  const before = stages.slice(
    0,
    stages.findIndex((use) => use.name === name),
  );
  const lost = records.reads.find(
    ({ names, isOptional }) =>
      !isOptional && !before.some(({ stage }) => stage.outputs.some((output) => names.includes(output))),
  );
  if (lost === undefined || lost.names.length === 1) return null;
  return { path: [], text: `needs ${lost.names.join(' or ')}, which no stage before it leaves` };
}

function protocolProblems({ prompt: { protocol = 'spans' } }: Recipe): SettingsProblem[] {
  const able: readonly string[] = reasoningProtocols;
  if (able.includes(protocol)) return [];
  const text = `expected ${able.join(' or ')}, whose answers have steps (got ${shown(protocol)})`;
  return [{ path: ['prompt', 'protocol'], text, ofRecipe: true }];
}
