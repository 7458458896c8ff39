// The files besides checkpoints in which a training tells of itself.

import { rmSync } from 'node:fs';
import { join } from 'node:path';

export function metricsFile(outputDir: string): string {
  return join(outputDir, 'metrics.jsonl');
}

export function completionsFile(outputDir: string): string {
  return join(outputDir, 'completions.jsonl');
}

export function logFiles(outputDir: string): string[] {
  return [metricsFile(outputDir), completionsFile(outputDir)];
}

export function removeLogs(outputDir: string): void {
  for (const file of logFiles(outputDir)) rmSync(file, { force: true });
}
