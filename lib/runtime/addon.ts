/** The loaded addon, its wire buffer, and the translation of its error statuses. */

import { TorchError, type TorchErrorDetails } from './errors.js';
import { loadNative } from './load.js';
import { errorCodes, type NativeAddon } from './native.js';

export const native: NativeAddon = loadNative();

/** The wire buffer shared with native code. Valid only until the next call into the addon. */
export const slots = new Float64Array(native.slots);

/** The error behind a non-zero status, naming the operator. */
export function nativeError(op: string, details: Partial<TorchErrorDetails> = {}): TorchError {
  const { code, message, bytesRequested } = native.lastError();
  return new TorchError(`${op}: ${message}`, {
    ...details,
    op,
    code: (errorCodes[code] ?? 'INTERNAL') as TorchErrorDetails['code'],
    bytesRequested: errorCodes[code] === 'OOM' ? bytesRequested : undefined,
  });
}

/** Throws when the last call into the addon failed. */
export function checkStatus(op: string): void {
  if (slots[0] > 0) throw nativeError(op);
}
