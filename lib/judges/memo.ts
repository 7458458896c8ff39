/** What was made of texts before. */

/** Texts beyond which all are forgotten, so that a long training keeps its memory. */
const most = 8192;

export class Memo<T> {
  private readonly made = new Map<string, T>();

  /** @returns the same object for the same key until it is trimmed */
  of(key: string, make: () => T): T {
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.made.set(key, value);
    return value;
  }

  trim(): void {
    if (this.made.size > most) this.made.clear();
  }
}
