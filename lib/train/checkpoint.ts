// Checkpoints: `checkpoint-N/` holds the model as it can be loaded anywhere (of a model with an adapter the adapter alone),
// the optimizer's state and everything else that the next step depends on, so that a resumed training continues bit for
// bit. A folder with that name is always whole, whenever the program is killed.

import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { flush, namingFullDisk, removeFolder, removeLeftovers, replaceFolder } from '../files/index.js';
import { fieldProblems } from '../models/index.js';
import { FileError, readJsonObject, shown } from '../runtime/index.js';
import { restoreRng, saveRng, scope, torch } from '../tensor/index.js';
import type { TrainerState } from './callbacks.js';
import type { DataCursor } from './data-order.js';
import { namingFile } from './errors.js';
import { logFiles } from './log-files.js';
import type { OptimizerState, TrainingOptimizer } from './optimizer.js';
import type { Policy } from './policy.js';
import type { TrainingRecord } from './resume.js';
import type { TrainerMemory } from './training-options.js';

/** trainer_state.json */
export interface SavedState {
  format: 4;
  /** The training that wrote it. */
  training: TrainingRecord;
  state: TrainerState;
  cursor: DataCursor;
  /** Metrics since the last logged line. */
  pending: Record<string, [number, number]>;
  /** The trainer's own (TrainerMemory). */
  memory?: unknown;
  paramGroups: OptimizerState['paramGroups'];
  /** State of the CPU's default random generator, base64. */
  rng: string;
  /** Of those of the GPUs that the model is on, by device. */
  deviceRng?: Record<string, string>;
}

type Resumable = Pick<SavedState, 'training' | 'state' | 'cursor' | 'pending' | 'memory'>;

const NAME = /^checkpoint-(\d+)$/;
const STATE = 'trainer_state.json';
const OPTIMIZER = 'optimizer.safetensors';

/** @returns the checkpoint's folder @throws DiskFullError; the checkpoints before stay */
export async function saveCheckpoint(
  outputDir: string,
  policy: Policy,
  optimizer: TrainingOptimizer,
  resumable: Resumable,
): Promise<string> {
  const folder = checkpointFolder(outputDir, resumable.state.step);
  removeLeftovers(outputDir, NAME);
  await replaceFolder(folder, async (partial) => {
    // A checkpoint that is on the disk has its logs there too: a resume cuts what comes after.
    for (const file of logFiles(outputDir)) if (existsSync(file)) flush(file);
    await policy.save(partial);
    const paramGroups = scope(() => {
      const { state: tensors, paramGroups } = optimizer.stateDict();
      torch.save(tensors, join(partial, OPTIMIZER));
      return paramGroups;
    });
    const { cpu: rng, ...deviceRng } = Object.fromEntries(
      Array.from(saveRng(policy.devices()), ([device, state]) => [
        device,
        Buffer.from(state).toString('base64'),
      ]),
    );
    const saved: SavedState = { format: 4, ...resumable, paramGroups, rng, deviceRng };
    await writeFile(join(partial, STATE), `${JSON.stringify(saved, null, 2)}\n`);
  }).catch((error) => {
    throw namingFullDisk(folder, error, roomAdvice(outputDir));
  });
  return folder;
}

/** How to go on where there was no room for a checkpoint. */
function roomAdvice(outputDir: string): string {
  const steps = checkpointSteps(outputDir);
  if (steps.length === 0) return 'free some there, and begin again: no checkpoint is there yet';
  const last = `checkpoint-${steps.at(-1)}`;
  const older =
    steps.length > 1 ? ' (checkpoints before it may go; saveTotalLimit keeps the newest alone)' : '';
  return `${last} is whole: free some there${older}, then resume from it`;
}

/** @param memory of the trainer that goes on @throws Error naming what the folder lacks; FileError */
export function readCheckpoint(folder: string, memory?: TrainerMemory): SavedState {
  const file = join(folder, STATE);
  if (!existsSync(file)) {
    throw new Error(`resumeFrom: ${folder} is no checkpoint: there is no ${STATE}; ${hint(folder)}`);
  }
  return readState(file, memory);
}

/** Puts a checkpoint's weights, optimizer state and random state in place. */
export function restoreCheckpoint(
  folder: string,
  { paramGroups, rng, deviceRng = {} }: SavedState,
  policy: Policy,
  optimizer: TrainingOptimizer,
): void {
  const state = join(folder, OPTIMIZER);
  policy.load(folder);
  scope(() => {
    namingFile(state, () => optimizer.loadStateDict({ state: torch.load(state), paramGroups }));
    const devices = policy.devices();
    // A training may go on on another device.
    const states = Object.entries({ ...deviceRng, cpu: rng })
      .filter(([device]) => device === 'cpu' || devices.includes(device))
      .map(([device, text]) => [device, new Uint8Array(Buffer.from(text, 'base64'))] as const);
    namingFile(join(folder, STATE), () => restoreRng(new Map(states)));
  });
}

const count = z.int().nonnegative();

/** What is read of trainer_state.json besides its format; what else stands there passes as it is. */
const savedSchema = z.looseObject({
  training: z.looseObject({
    trainer: z.string(),
    config: z.record(z.string(), z.unknown()),
    samplesPerStep: z.int().positive(),
    data: z.object({ samples: z.int().positive(), sha256: z.string() }),
    model: z.record(z.string(), z.unknown()),
    adapter: z
      .looseObject({
        options: z.record(z.string(), z.unknown()),
        weights: z.record(z.string(), z.array(count)),
        base: z.looseObject({ folder: z.string().nullable(), sha256: z.string() }),
      })
      .optional(),
  }),
  state: z.looseObject({
    step: count,
    epoch: z.number().nonnegative(),
    skippedSteps: count,
    numTokens: count,
    seconds: z.number().nonnegative(),
    // A metric that was no number is null in JSON.
    evaluations: z.array(z.object({ step: count, metrics: z.record(z.string(), z.number().nullable()) })),
  }),
  cursor: z.looseObject({ epoch: count, index: count }),
  pending: z.record(z.string(), z.tuple([z.number(), z.number()])),
  paramGroups: z.array(z.looseObject({ params: z.array(count) })),
  rng: z.base64(),
  deviceRng: z.record(z.string(), z.base64()).optional(),
});

function readState(file: string, memory?: TrainerMemory): SavedState {
  const saved = readJsonObject(file);
  if (saved.format !== 4)
    throw new FileError(file, `format ${shown(saved.format)}, expected 4: written by another version`);
  const schema =
    memory === undefined ? savedSchema : savedSchema.extend({ memory: memory.schema.optional() });
  const result = schema.safeParse(saved);
  if (!result.success) throw new FileError(file, fieldProblems(schema, result.error, saved));
  return saved as unknown as SavedState;
}

/** Steps of the checkpoints in a folder, ascending. */
export function checkpointSteps(outputDir: string): number[] {
  return readdirSync(outputDir)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** The checkpoint of a step in one of the folders; undefined: there is none. */
export function findCheckpoint(folders: readonly string[], step: number): string | undefined {
  return folders.map((folder) => checkpointFolder(folder, step)).find((folder) => existsSync(folder));
}

/**
 * Removes all but the newest `keep` checkpoints.
 * @param best of this step: one that stays, in the place of the oldest of these; the newest stays too
 */
export function pruneCheckpoints(outputDir: string, keep: number, best?: number): void {
  removeLeftovers(outputDir, NAME);
  const steps = checkpointSteps(outputDir);
  const newest = steps.slice(-keep);
  const kept =
    best === undefined || newest.includes(best) ? newest : [best, ...steps.slice(-Math.max(1, keep - 1))];
  for (const step of steps) if (!kept.includes(step)) removeCheckpoint(outputDir, step);
}

/** Removes the checkpoints after `step`, the newest first. */
export function dropCheckpoints(outputDir: string, step: number): void {
  removeLeftovers(outputDir, NAME);
  const later = checkpointSteps(outputDir).filter((other) => other > step);
  for (const other of later.reverse()) removeCheckpoint(outputDir, other);
}

function removeCheckpoint(outputDir: string, step: number): void {
  removeFolder(checkpointFolder(outputDir, step));
}

function checkpointFolder(outputDir: string, step: number): string {
  return join(outputDir, `checkpoint-${step}`);
}

function hint(folder: string): string {
  const parent = [folder, dirname(folder)].find(
    (place) => existsSync(place) && checkpointSteps(place).length > 0,
  );
  if (parent === undefined) return 'give the path of a checkpoint-N folder';
  return `the newest checkpoint there is ${join(parent, `checkpoint-${checkpointSteps(parent).at(-1)}`)}`;
}
