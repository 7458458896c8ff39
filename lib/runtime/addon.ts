/** The loaded addon, its wire buffer, and the translation of its error statuses. */

import { TorchError, type TorchErrorDetails } from './errors.js';
import { loadNative, NativeLoadError } from './load.js';
import type { NativeAddon } from './native.js';
import { type ThreadSettings, threadSettings } from './threads.js';
import { errorCodes, statusSlot } from './wire-codes.generated.js';

/** Reads a setting before libtorch is opened: a wrong number of threads would end the process. */
function setting<T>(read: (env: NodeJS.ProcessEnv) => T): T {
  try {
    return read(process.env);
  } catch (cause) {
    throw new NativeLoadError((cause as Error).message, { cause });
  }
}

const asked = setting(threadSettings);

/** Bytes of keys and values that one model's sampling may take; null: a part of the memory. */
export const kvCacheBytes = setting((env) => {
  const wanted = env.EARSIGHT_KV_CACHE;
  if (!wanted) return null;
  if (!/^[1-9]\d{0,8}$/.test(wanted))
    throw new RangeError(`EARSIGHT_KV_CACHE: expected a whole number of MiB of at least 1, got '${wanted}'`);
  return Number(wanted) * 2 ** 20;
});

/** MiB of tensors outside scopes above which a warning is given; 0: none. */
export const unscopedLimit = setting((env) => {
  const wanted = env.EARSIGHT_UNSCOPED_WARNING || '1024';
  if (!/^\d{1,9}$/.test(wanted)) {
    throw new RangeError(
      `EARSIGHT_UNSCOPED_WARNING: expected a whole number of MiB (0: no warning), got '${wanted}'`,
    );
  }
  return Number(wanted);
});

export const native: NativeAddon = loadNative();

const reason = asked.waiting === 'libgomp' ? null : native.startSpinning(asked.waiting === 'never');

/** How threads of operators wait for each other in this process. */
export const waiting: ThreadSettings = reason === null ? asked : { waiting: 'libgomp', because: reason };

/** The wire buffer shared with native code. Valid only until the next call into the addon. */
export const slots = new Float64Array(native.slots);

/** The status of a value that its dtype cannot hold. */
export const rangeStatus = errorCodes.indexOf('RANGE');

/** The error behind a non-zero status, naming the operator. @throws RangeError when the status is RANGE */
export function nativeError(op: string, details: Partial<TorchErrorDetails> = {}): TorchError {
  const { code, message, bytesRequested } = native.lastError();
  if (code === rangeStatus) throw new RangeError(`${op}: ${message}`);
  return new TorchError(`${op}: ${message}`, {
    ...details,
    op,
    code: (errorCodes[code] ?? 'INTERNAL') as TorchErrorDetails['code'],
    bytesRequested: errorCodes[code] === 'OOM' ? bytesRequested : undefined,
  });
}

/** Throws when the last call into the addon failed. */
export function checkStatus(op: string): void {
  if (slots[statusSlot] > 0) throw nativeError(op);
}
