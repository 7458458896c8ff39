/** How many requests are worked on at a time, and how many may wait. */
import { type ApiError, tooManyRequests } from './api-error.js';

interface Waiting {
  start(): void;
  fail(reason: unknown): void;
}

export class Slots {
  private readonly running: number;
  private readonly queued: number;
  private used = 0;
  private readonly waiting: Waiting[] = [];
  private closed: ApiError | null = null;

  constructor(running: number, queued: number) {
    this.running = running;
    this.queued = queued;
  }

  /**
   * Waits for a slot, first come, first served. @returns gives it back
   * @throws ApiError where too many wait, and what the signal was aborted with
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (this.closed !== null) throw this.closed;
    signal.throwIfAborted();
    if (this.used < this.running) this.used += 1;
    else await this.wait(signal);
    return () => this.giveBack();
  }

  /** Those that wait fail, and those that come. */
  close(reason: ApiError): void {
    this.closed = reason;
    for (const { fail } of this.waiting.splice(0)) fail(reason);
  }

  private async wait(signal: AbortSignal): Promise<void> {
    if (this.waiting.length >= this.queued)
      throw tooManyRequests(
        `${this.used} requests are running and ${this.waiting.length} are waiting; try again later`,
      );
    let leave = (): void => {};
    try {
      await new Promise<void>((start, fail) => {
        const own: Waiting = { start, fail };
        this.waiting.push(own);
        leave = () => {
          const at = this.waiting.indexOf(own);
          if (at >= 0) this.waiting.splice(at, 1);
          fail(signal.reason);
        };
        signal.addEventListener('abort', leave, { once: true });
      });
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  private giveBack(): void {
    const next = this.waiting.shift();
    // The slot passes on.
    if (next !== undefined) next.start();
    else this.used -= 1;
  }
}
