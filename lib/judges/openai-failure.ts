/** Why a request could not be judged. It never leaves the judge, which gives null for the request, counts and warns. */

export const failureCodes = ['timeout', 'connection', 'status', 'reply', 'media', 'request'] as const;

export type FailureCode = (typeof failureCodes)[number];

interface FailureDetails {
  /** Whether another try may succeed. */
  retriable?: boolean;
  /** Seconds that the server asks to wait for. */
  retryAfter?: number | null;
}

export class JudgeFailure extends Error {
  override readonly name = 'JudgeFailure';
  readonly code: FailureCode;
  readonly retriable: boolean;
  readonly retryAfter: number | null;

  constructor(
    code: FailureCode,
    message: string,
    { retriable = false, retryAfter = null }: FailureDetails = {},
  ) {
    super(message);
    this.code = code;
    this.retriable = retriable;
    this.retryAfter = retryAfter;
  }
}

/** The server answered with a status that is no success. */
export class RefusedFailure extends JudgeFailure {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string, message: string, details: FailureDetails) {
    super('status', message, details);
    this.status = status;
    this.body = body;
  }
}
