// A callback that writes metrics for TensorBoard, under the tags that transformers gives them.

import { appendFileSync, mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { checkPath } from '../../runtime/index.js';
import { isResumed, type TrainerCallback } from '../callbacks.js';
import { eventFileName } from '../log-files.js';
import { writing } from '../step-lines.js';
import { eventRecord } from './event-file.js';

/**
 * Writes event files into `folder`: a new one for each process that trains. A resumed training declares void what earlier
 * files say of the steps after its checkpoint.
 */
export function tensorBoardLog(folder: string): TrainerCallback {
  checkPath('tensorBoardLog: folder', folder);
  let file = '';
  const append = (step: number, ...contents: Parameters<typeof eventRecord>[0]['content'][]): void => {
    const wallTime = Date.now() / 1000;
    const records = contents.map((content) => eventRecord({ wallTime, step, content }));
    writing(file, () => appendFileSync(file, Buffer.concat(records)));
  };
  return {
    onTrainBegin(state) {
      file = newFile(folder);
      append(0, { fileVersion: 'brain.Event:2' });
      if (isResumed(state)) append(state.step + 1, { sessionStart: true });
    },
    onLog({ step }, _, metrics) {
      append(step, { scalars: tagged(metrics) });
    },
    onEvaluate({ step }, _, metrics) {
      append(step, { scalars: tagged(metrics) });
    },
  };
}

/** TensorBoard reads the files of a folder by their names: a later one has a later second. */
function newFile(folder: string): string {
  writing(folder, () => mkdirSync(folder, { recursive: true }));
  const second = readdirSync(folder)
    .map((name) => Number(eventFileName.exec(name)?.[1] ?? 0))
    .reduce((latest, earlier) => Math.max(latest, earlier + 1), Math.floor(Date.now() / 1000));
  return join(
    folder,
    `events.out.tfevents.${String(second).padStart(10, '0')}.${hostname()}.${process.pid}.0`,
  );
}

function tagged(metrics: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [
      name.startsWith('eval_') ? `eval/${name.slice('eval_'.length)}` : `train/${name}`,
      value,
    ]),
  );
}
