/** Errors of the runtime name the samples of their step: one large clip is often the cause. */
import { TorchError } from '../runtime/index.js';
import type { Sample } from './sample.js';

const most = 16;
const named = new WeakSet<TorchError>();

/** Adds the samples and their files to the message of a TorchError, once. @returns the same error, to be thrown */
export function nameSamples(error: unknown, samples: readonly Sample[]): unknown {
  if (!(error instanceof TorchError) || named.has(error)) return error;
  named.add(error);
  const different = [...new Set(samples)];
  const shown = different.slice(0, most).map(({ id, video, audio }) => `'${id}' (${video ?? audio})`);
  const more = different.length > most ? ` and ${different.length - most} more` : '';
  error.message += `; with the samples ${shown.join(', ')}${more}`;
  return error;
}
