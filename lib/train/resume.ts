// What a checkpoint records of the training that wrote it, and whether another may continue it: the same samples in the
// same order by the same model. Everything else may change, and a warning names what does.

import { createHash } from 'node:crypto';
import type { DataRow } from '../data/index.js';
import { shown } from '../runtime/index.js';
import { type AdapterRecord, adapterRecord } from './adapter.js';
import { ConfigError, type TrainingConfig } from './config.js';
import type { TrainableModel } from './model.js';

/** Plain JSON. */
export interface TrainingRecord {
  trainer: string;
  config: Record<string, unknown>;
  samplesPerStep: number;
  data: { samples: number; sha256: string };
  /** The graph's configuration. */
  model: Record<string, unknown>;
  /** Absent: checkpoints hold all weights of the model. */
  adapter?: AdapterRecord;
}

export interface RecordedParts<Row extends DataRow = DataRow> {
  /** The trainer's name. */
  trainer: string;
  model: TrainableModel;
  trainDataset: readonly Row[];
  config: TrainingConfig;
  samplesPerStep: number;
}

export function trainingRecord(parts: RecordedParts): TrainingRecord {
  const { trainer, model, trainDataset, config, samplesPerStep } = parts;
  const data = { samples: trainDataset.length, sha256: hashOf(trainDataset) };
  // As JSON reads it back: fields without a value are left out.
  return JSON.parse(
    JSON.stringify({
      trainer,
      config,
      samplesPerStep,
      data,
      model: model.graph.config,
      adapter: adapterRecord(model.graph),
    }),
  );
}

/** Samples in order. Clips count by which samples share them: they may be moved to another folder. */
function hashOf(samples: readonly DataRow[]): string {
  const hash = createHash('sha256');
  const clips = new Map<string, number>();
  for (const { video, audio, ...sample } of samples) {
    const media = JSON.stringify([video ?? null, audio ?? null]);
    const clip = clips.get(media) ?? clips.size;
    clips.set(media, clip);
    hash.update(`${JSON.stringify([clip, sample])}\n`);
  }
  return hash.digest('hex');
}

/** Settings that decide which samples are seen when, or what the optimizer's state means. */
const fixedSettings = ['seed', 'optim', 'freeze'];
/** Settings without an effect on what is learned. */
const silentSettings = [
  'outputDir',
  'overwriteOutputDir',
  'reportTo',
  'logCompletions',
  'logCompletionsSteps',
  'logCompletionsParquet',
];

/**
 * Whether a training may go on from a checkpoint of `saved`.
 * @returns the settings that differ, as `learningRate 0.01 -> 0.005`
 * @throws ConfigError naming all that keeps it from going on
 */
export function checkContinuation(folder: string, saved: TrainingRecord, now: TrainingRecord): string[] {
  const problems: string[] = [];
  const expect = (name: string, before: unknown, after: unknown): void => {
    if (!isEqual(before, after))
      problems.push(`${name}: ${shown(before)} in the checkpoint, now ${shown(after)}`);
  };
  expect('trainer', saved.trainer, now.trainer);
  if (problems.length === 0) {
    expect('trainDataset: samples', saved.data.samples, now.data.samples);
    if (saved.data.samples === now.data.samples && saved.data.sha256 !== now.data.sha256)
      problems.push(`trainDataset: other samples than the checkpoint's, or in another order`);
    expect(
      'samples in a step (perDeviceTrainBatchSize, gradientAccumulationSteps)',
      saved.samplesPerStep,
      now.samplesPerStep,
    );
    for (const name of fixedSettings) expect(name, saved.config[name], now.config[name]);
    for (const [name, before, after] of differences(saved.model, now.model))
      expect(`model: ${name}`, before, after);
    for (const problem of adapterProblems(saved.adapter, now.adapter)) problems.push(problem);
  }
  if (problems.length > 0) {
    throw new ConfigError(
      `resumeFrom: ${folder} is of another training: ${problems.join('; ')}. Resume it as it was begun, or begin a new ` +
        "training in another outputDir ('earsight train': --output, or --overwrite)",
      'resumeFrom',
    );
  }
  return differences(saved.config, now.config)
    .filter(([name]) => !silentSettings.includes(name))
    .map(([name, before, after]) => `${name} ${shown(before)} -> ${shown(after)}`);
}

function adapterProblems(saved?: AdapterRecord, now?: AdapterRecord): string[] {
  if (saved === undefined && now === undefined) return [];
  if (saved === undefined)
    return ['adapter: none in the checkpoint, which holds all weights, now the model has one'];
  if (now === undefined) {
    const { folder } = saved.base;
    const base = folder === null ? 'the model that it was made for' : shown(folder);
    return [
      `adapter: the checkpoint holds an adapter of ${base}, now the model has none; add it as it was added then`,
    ];
  }
  const problems = [
    ...differences(saved.options, now.options, 'adapter: '),
    ...differences(saved.weights, now.weights, 'adapter: '),
  ].map(([name, before, after]) => `${name}: ${shown(before)} in the checkpoint, now ${shown(after)}`);
  if (saved.base.sha256 !== now.base.sha256) {
    const [before, after] = [saved, now].map(({ base: { folder } }) => folder ?? 'a model in memory');
    problems.push(`adapter: its model has other weights now (read from ${after}, before from ${before})`);
  }
  return problems;
}

type Difference = [name: string, before: unknown, after: unknown];

/** Fields whose values differ, by path, down to what is no object. */
export function differences(before: object, after: object, path = ''): Difference[] {
  const [a, b] = [before, after] as Record<string, unknown>[];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => {
    const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject(a[key]) && isObject(b[key]))
      return differences(a[key] as object, b[key] as object, `${path}${key}.`);
    return isEqual(a[key], b[key]) ? [] : [[`${path}${key}`, a[key], b[key]] as Difference];
  });
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
