/** How tasks fail inside a worker: a code and a reason; the pool adds the file and throws the MediaError. */
import { AVERROR_ENOMEM } from 'node-av/constants';
import { FFmpegError } from 'node-av/lib';
import type { MediaErrorCode } from '../errors.js';

export class TaskFailure extends Error {
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** Passes FFmpeg's result through, or fails with what was being done and FFmpeg's own words. */
export function check(result: number, code: MediaErrorCode, doing: string): number {
  if (result >= 0) return result;
  throw new TaskFailure(
    result === AVERROR_ENOMEM ? 'MEMORY' : code,
    `${doing}: ${FFmpegError.strerror(result)}`,
  );
}
