/** Refusals and failures as OpenAI's clients read them. */
import type { OutgoingHttpHeaders } from 'node:http';

interface Details {
  /** The field at fault. */
  param?: string;
  code?: string;
  type?: string;
  headers?: OutgoingHttpHeaders;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: { error: { message: string; type: string; param: string | null; code: string | null } };

  constructor(status: number, message: string, details: Details = {}) {
    super(message);
    const { param = null, code = null, headers = {} } = details;
    const { type = status < 500 ? 'invalid_request_error' : 'server_error' } = details;
    this.status = status;
    this.headers = headers;
    this.body = { error: { message, type, param, code } };
  }

  /** For the log: nothing that a client wrote. */
  get summary(): string {
    const { type, code } = this.body.error;
    return code === null ? type : `${type} ${code}`;
  }
}

/** A field of the request that cannot be what it is. */
export function wrongField(param: string, problem: string, code = 'invalid_value'): ApiError {
  return new ApiError(400, `${param}: ${problem}`, { param, code });
}

const retryAfter = { 'retry-after': '1' };

export const tooManyRequests = (message: string): ApiError =>
  new ApiError(429, message, {
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    headers: retryAfter,
  });

export const unavailable = (message: string, code: string): ApiError =>
  new ApiError(503, message, { code, headers: retryAfter });
