/**
 * The synthetic dataset's own random numbers: 32-bit integer arithmetic only, so that a seed gives the same clips on every
 * machine and Node version. A stream is named by what it is for (seed, split, clip, purpose): drawing more
 * numbers for one purpose never moves another's.
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand); names are hashed by FNV-1a and spread by murmur3's finaliser.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(...name: (string | number)[]) {
    let hash = 0x811c9dc5;
    for (const character of name.join('/'))
      hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
    this.a = mix(hash);
    this.b = mix(this.a ^ 0x9e3779b9);
    this.c = mix(this.b ^ 0x9e3779b9);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** An integer in [0, n), without modulo bias. */
  int(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % n;
  }

  /** A number in [low, high), on a grid of 2^-32 of the range. */
  between(low: number, high: number): number {
    return low + (high - low) * (this.uint32() / 2 ** 32);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)] as T;
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}

function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
