// The files besides checkpoints in which a training tells of itself.

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export function metricsFile(outputDir: string): string {
  return join(outputDir, 'metrics.jsonl');
}

export function completionsFile(outputDir: string): string {
  return join(outputDir, 'completions.jsonl');
}

export function csvFile(outputDir: string): string {
  return join(outputDir, 'metrics.csv');
}

/** TensorBoard's name: the second of its start, the machine, the process. */
export const eventFileName = /^events\.out\.tfevents\.(\d{10,})\./;

/** TRL's name. */
export function completionsTable(outputDir: string, step: number): string {
  return join(completionsFolder(outputDir), `completions_${String(step).padStart(5, '0')}.parquet`);
}

function completionsFolder(outputDir: string): string {
  return join(outputDir, 'completions');
}

/** Removes the tables of steps after `step`. */
export function dropCompletionsTables(outputDir: string, step: number): void {
  const folder = completionsFolder(outputDir);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const of = /^completions_(\d{5,})\.parquet(\.[0-9a-f]{16}\.partial)?$/.exec(name);
    if (of !== null && Number(of[1]) > step) rmSync(join(folder, name));
  }
}

/** Those that a training appends to. */
export function logFiles(outputDir: string): string[] {
  return [metricsFile(outputDir), completionsFile(outputDir), csvFile(outputDir)];
}

/** Removes all that an earlier training told. */
export function removeLogs(outputDir: string): void {
  for (const file of logFiles(outputDir)) rmSync(file, { force: true });
  for (const name of readdirSync(outputDir)) if (eventFileName.test(name)) rmSync(join(outputDir, name));
  dropCompletionsTables(outputDir, 0);
}
