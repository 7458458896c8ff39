// The folder that a training writes: locked while it trains, and refused where it holds another training.

import { existsSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { removeLeftovers } from '../files/index.js';
import { checkpointSteps, dropCheckpoints } from './checkpoint.js';
import { ConfigError, type TrainingConfig } from './config.js';
import { FolderLock } from './folder-lock.js';
import { logFiles, removeLogs } from './log-files.js';
import { referenceFile } from './reference.js';

/**
 * Locks the outputDir of a training that begins, or that goes on from a checkpoint there.
 * @throws ConfigError when it is locked, or holds another training and overwriteOutputDir is not set
 */
export function takeOutputDir(
  { overwriteOutputDir }: TrainingConfig,
  outputDir: string,
  resumeFrom: string | undefined,
): FolderLock {
  const lock = FolderLock.take(outputDir, 'outputDir');
  try {
    removeLeftovers(outputDir, /^(metrics\.csv|run\.json|reference\.safetensors)$/);
    if (resumeFrom === undefined || !isIn(resumeFrom, outputDir)) {
      if (overwriteOutputDir) removeTraining(outputDir);
      else refuseTraining(outputDir);
    }
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

function isIn(checkpoint: string, outputDir: string): boolean {
  return (
    existsSync(checkpoint) && realpathSync(dirname(realpathSync(checkpoint))) === realpathSync(outputDir)
  );
}

function refuseTraining(outputDir: string): void {
  const newest = checkpointSteps(outputDir).at(-1);
  if (newest === undefined && !logFiles(outputDir).some((file) => existsSync(file))) return;
  const resume =
    newest === undefined
      ? ''
      : `continue it with train({ resumeFrom: '${join(outputDir, `checkpoint-${newest}`)}' }), `;
  throw new ConfigError(
    `outputDir: ${outputDir} holds the metrics of another training: ${resume}give another outputDir, or replace it by ` +
      "overwriteOutputDir: true ('earsight train': --overwrite)",
    'outputDir',
  );
}

/** From the newest checkpoint on, so that a part of it is a training too. */
function removeTraining(outputDir: string): void {
  dropCheckpoints(outputDir, -1);
  rmSync(referenceFile(outputDir), { force: true });
  removeLogs(outputDir);
}
