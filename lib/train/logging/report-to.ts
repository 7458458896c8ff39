// The logs that `reportTo` asks for, besides metrics.jsonl.

import type { TrainerCallback } from '../callbacks.js';
import type { TrainingConfig } from '../config.js';
import { csvFile } from '../log-files.js';
import { csvLog } from './csv.js';
import { tensorBoardLog } from './tensorboard.js';

export function reporters({
  outputDir,
  reportTo,
}: Pick<TrainingConfig, 'outputDir' | 'reportTo'>): TrainerCallback[] {
  if (outputDir === null) return [];
  const made = { tensorboard: () => tensorBoardLog(outputDir), csv: () => csvLog(csvFile(outputDir)) };
  return [...new Set(reportTo)].map((name) => made[name]());
}
