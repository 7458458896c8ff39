/** Errors about a clip name its file, and the sample that names the file. */
import type { DataRow } from '../data/index.js';
import { MediaError, type MediaErrorCode } from '../media/index.js';
import { TorchError } from '../runtime/index.js';
import { TextError } from '../text/index.js';

/** Runs a step on what came from `file`; its errors become MediaErrors that name the file. */
export function onFile<T>(file: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    // A fault of the chat template is no fault of the clip.
    throw error instanceof MediaError || error instanceof TextError ? error : naming(file, error as Error);
  }
}

function naming(file: string, error: Error): MediaError {
  const named = new MediaError(codeOf(error), file, error.message);
  named.cause = error;
  return named;
}

function codeOf(error: Error): MediaErrorCode {
  if (error instanceof RangeError) return 'UNSUPPORTED';
  return error instanceof TorchError && error.code === 'OOM' ? 'MEMORY' : 'INTERNAL';
}

/** The error as one sample's: several samples may ask about one clip. */
export function ofSample(error: unknown, { id }: DataRow): unknown {
  if (error instanceof MediaError) {
    const named = new MediaError(error.code, error.file, error.reason, id);
    named.cause = error.cause ?? error;
    return named;
  }
  return error instanceof TypeError ? new TypeError(`sample '${id}': ${error.message}`) : error;
}

/** Runs a step on what came from a sample's clip; its errors name the file and the sample. */
export function onSample<T>(sample: DataRow, step: () => T): T {
  try {
    return onFile(fileOf(sample), step);
  } catch (error) {
    throw ofSample(error, sample);
  }
}

/** The file that stands for a sample's clip. */
export function fileOf({ id, video, audio }: DataRow): string {
  return video ?? audio ?? id;
}
