/** Errors of the runtime. All are made here, in JavaScript, so that `instanceof Error` holds in every realm. */

import type { ErrorCode } from './native.js';

export interface TorchErrorDetails {
  code: ErrorCode;
  /** Operator, as `aten::add.Tensor`. */
  op?: string;
  /** Shapes and dtypes of the tensor arguments, in order. */
  shapes?: number[][];
  dtypes?: string[];
  /** Out of memory: bytes that the failed allocation asked for (0 when unknown). */
  bytesRequested?: number;
  cause?: unknown;
}

/** A libtorch operator or runtime call failed. `code` is a closed set: see docs/errors.md. */
export class TorchError extends Error {
  override readonly name: string = 'TorchError';
  readonly code: ErrorCode;
  readonly op?: string;
  readonly shapes: number[][];
  readonly dtypes: string[];
  readonly bytesRequested?: number;

  constructor(message: string, details: TorchErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.op = details.op;
    this.shapes = details.shapes ?? [];
    this.dtypes = details.dtypes ?? [];
    this.bytesRequested = details.bytesRequested;
  }
}

/** A tensor was used after `dispose()` or after its scope ended. */
export class TensorDisposedError extends Error {
  override readonly name = 'TensorDisposedError';
  readonly op: string;

  constructor(op: string) {
    super(
      `${op}: this tensor was disposed, or freed when its scope ended. Return it from the scope, ` +
        'or keep() it, to use it afterwards.',
    );
    this.op = op;
  }
}
