/** From a task message to its reply: runs it, and turns whatever happens into a result or a named failure. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AV_LOG_ERROR } from 'node-av/constants';
import { Log } from 'node-av/lib';
import type { Reply, Task, TaskResult } from '../protocol.js';
import { cut } from './cut.mjs';
import { decode } from './decode.mjs';
import { encode } from './encode.mjs';
import { TaskFailure } from './failure.mjs';
import { probe } from './input.mjs';

let complaints: string[] = [];
Log.setLevel(AV_LOG_ERROR);
Log.setCallback((_level, message) => complaints.push(message.trim()), { maxLevel: AV_LOG_ERROR });

export async function runTask(task: Task): Promise<Reply> {
  complaints = [];
  try {
    return { result: run(task) };
  } catch (error) {
    // FFmpeg's own complaint often says more than its error code, but reaches JavaScript a moment later.
    await sleep(10);
    const said = complaints.length ? `; FFmpeg: ${complaints[0]!.slice(0, 200)}` : '';
    const code = error instanceof TaskFailure ? error.code : 'CRASHED';
    return { failure: { code, reason: (error as Error).message + said } };
  }
}

function run(task: Task): TaskResult {
  switch (task.kind) {
    case 'probe':
      return probe(task.file);
    case 'decode':
      return decode(task.file, task.options, task.maxBytes);
    case 'encode':
      encode(task.out, task.input);
      return null;
    case 'cut':
      cut(task.file, task.out, task.start, task.end);
      return null;
  }
}
