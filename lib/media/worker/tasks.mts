/** From a task message to its reply: runs it, and turns whatever happens into a result or a named failure. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AV_LOG_ERROR } from 'node-av/constants';
import { Log } from 'node-av/lib';
import type { MediaErrorCode } from '../errors.js';
import type { Limits, Order, Reply, Task, TaskResult } from '../protocol.js';
import { cut } from './cut.mjs';
import { decode } from './decode.mjs';
import { encode } from './encode.mjs';
import { TaskFailure } from './failure.mjs';
import { probe } from './survey.mjs';

let complaints: string[] = [];
Log.setLevel(AV_LOG_ERROR);
Log.setCallback((_level, message) => complaints.push(message.trim()), { maxLevel: AV_LOG_ERROR });

// Matroska's demuxer skips over lost data to the next cluster it recognises and says so in words only.
const lostData = /File ended prematurely|exceeds containing master element/;

export async function runTask({ task, limits }: Order): Promise<Reply> {
  complaints = [];
  let reply: Reply;
  try {
    reply = { result: run(task, limits) };
  } catch (error) {
    reply = { failure: { code: codeOf(error), reason: (error as Error).message } };
  }
  // FFmpeg's log reaches JavaScript through the event loop, one turn after the call that wrote it.
  await nextTurn();
  await nextTurn();
  if ('failure' in reply) {
    if (complaints.length > 0) reply.failure.reason += `; FFmpeg: ${complaints[0]!.slice(0, 200)}`;
    return reply;
  }
  const loss = complaints.find((complaint) => lostData.test(complaint));
  return loss
    ? { failure: { code: 'TRUNCATED', reason: `parts of the file are missing; FFmpeg: ${loss}` } }
    : reply;
}

function codeOf(error: unknown): MediaErrorCode {
  if (error instanceof TaskFailure) return error.code;
  // V8's words when the system refuses memory.
  return error instanceof RangeError && /allocation failed/.test(error.message) ? 'MEMORY' : 'INTERNAL';
}

function run(task: Task, limits: Limits): TaskResult {
  switch (task.kind) {
    case 'probe':
      return probe(task.file);
    case 'decode':
      return decode(task.file, task.options, limits.maxResultBytes);
    case 'encode':
      encode(task.out, task.input);
      return null;
    case 'cut':
      cut(task.file, task.out, task.start, task.end);
      return null;
  }
}
