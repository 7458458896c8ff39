/**
 * The text of a completion while its tokens come: valid text at every moment, and the stop strings in it. A character
 * whose bytes are in several tokens is there once the last of them is.
 */

/** Text of token ids, without control tokens. */
export type Decode = (ids: readonly number[]) => string;

/** What a decoder writes for bytes that are no whole character. */
const incomplete = '\uFFFD';
const unfinished = /\uFFFD+$/;
/** Ids that decide how a decoder writes what follows them: it looks at the start of a text and at whole characters. */
const contextLength = 8;

/** Decodes what follows a prefix, as it is written after it: some decoders write the start of a text another way. */
export function decodeAfter(decode: Decode, prefix: readonly number[] = []): Decode {
  const last = prefix.slice(-contextLength);
  const before = decode(last);
  // Cut inside a character there is nothing to go on from.
  if (before.endsWith(incomplete)) return decode;
  return (ids) => decode([...last, ...ids]).slice(before.length);
}

export class CompletionText {
  /** What is complete so far. */
  text = '';
  /** Whether a stop string has ended the text. */
  stopped = false;
  private readonly decode: Decode;
  private readonly stop: readonly string[];
  private readonly includeStop: boolean;
  private readonly ids: number[] = [];
  /**
   * The last ids are decoded together, from `context` on: decoders may write a token another way at the start of a text. The
   * text holds all ids before `read`, and `done` characters of what is decoded from `context` on.
   */
  private context = 0;
  private read = 0;
  private done = 0;
  /** Characters that `take` has given. */
  private taken = 0;

  constructor(decode: Decode, stop: readonly string[], includeStop: boolean) {
    this.decode = decode;
    this.stop = stop;
    this.includeStop = includeStop;
  }

  push(id: number): void {
    this.ids.push(id);
    const decoded = this.decode(this.ids.slice(this.context));
    const whole = decoded.replace(unfinished, '');
    const from = this.text.length;
    if (whole.length > this.done) {
      this.text += whole.slice(this.done);
      this.done = whole.length;
    }
    if (whole === decoded) {
      this.context = this.read;
      this.read = this.ids.length;
      this.done = this.decode(this.ids.slice(this.context)).length;
    }
    if (this.text.length > from) this.cut(from);
  }

  /** What came since the last call and cannot be part of a stop string that is left out. */
  take(): string {
    const end = this.stopped || this.includeStop ? this.text.length : this.text.length - this.heldBack();
    const piece = this.text.slice(this.taken, end);
    this.taken += piece.length;
    return piece;
  }

  /** Ends with the whole text. @returns what `take` has not given of it */
  finish(whole: string): string {
    // A decoder that rewrites earlier text (none of Hugging Face's does) leaves the pieces as they are.
    return whole.slice(0, this.taken) === this.text.slice(0, this.taken) ? whole.slice(this.taken) : '';
  }

  /** Cuts the text at the stop string that ends first in what stands from `from` on. */
  private cut(from: number): void {
    let [start, end] = [0, Number.POSITIVE_INFINITY];
    for (const stop of this.stop) {
      const at = this.text.indexOf(stop, Math.max(0, from - stop.length + 1));
      const isFirst = at + stop.length < end || (at + stop.length === end && at < start);
      if (at >= 0 && isFirst) [start, end] = [at, at + stop.length];
    }
    if (end === Number.POSITIVE_INFINITY) return;
    this.stopped = true;
    this.text = this.text.slice(0, this.includeStop ? end : start);
  }

  /** Length of the longest end of the text that begins a stop string. */
  private heldBack(): number {
    const longest = (stop: string): number => {
      let length = Math.min(stop.length - 1, this.text.length - this.taken);
      while (length > 0 && !this.text.endsWith(stop.slice(0, length))) length -= 1;
      return length;
    };
    return this.stop.reduce((most, stop) => Math.max(most, longest(stop)), 0);
  }
}
