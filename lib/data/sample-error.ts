/** Errors of the runtime name the samples of their step: one large clip is often the cause. */
import { TorchError } from '../runtime/index.js';
import type { DataRow } from './row.js';

const most = 16;
const named = new WeakSet<TorchError>();

/** Adds the samples and their files to the message of a TorchError, once. @returns the same error, to be thrown */
export function nameSamples(error: unknown, samples: readonly DataRow[]): unknown {
  if (!(error instanceof TorchError) || named.has(error)) return error;
  named.add(error);
  const different = [...new Set(samples)];
  const shown = different.slice(0, most).map(nameOf);
  const more = different.length > most ? ` and ${different.length - most} more` : '';
  error.message += `; with the samples ${shown.join(', ')}${more}`;
  return error;
}

function nameOf({ id, video, audio }: DataRow): string {
  const clip = video ?? audio;
  return clip == null ? `'${id}'` : `'${id}' (${clip})`;
}
