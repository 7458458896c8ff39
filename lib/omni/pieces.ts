/** What one function gives as it comes, for another that waits for it: an async iterable with an unbounded queue. */
export class Pieces<T> implements AsyncIterable<T> {
  private readonly queue: T[] = [];
  private error: { value: unknown } | null = null;
  private isEnded = false;
  private wake: () => void = () => {};

  push(piece: T): void {
    this.queue.push(piece);
    this.wake();
  }

  end(): void {
    this.isEnded = true;
    this.wake();
  }

  /** Ends the loop over the pieces with an error, after those that came before. */
  fail(value: unknown): void {
    this.error = { value };
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    while (true) {
      while (this.queue.length > 0) yield this.queue.shift() as T;
      if (this.error !== null) throw this.error.value;
      if (this.isEnded) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
