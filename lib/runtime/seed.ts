/** What may seed a random generator: the 64 bits of libtorch's generators. */

const allowed = 'an integer 0..2^53-1, or a bigint 0..2^64-1';

/** @throws RangeError naming `what`, the argument or setting, and what is allowed */
export function checkSeed(what: string, seed: number | bigint): bigint {
  const exact = typeof seed === 'bigint' || Number.isSafeInteger(seed);
  if (!exact || seed < 0 || seed >= 2n ** 64n) {
    throw new RangeError(
      `${what}: expected ${allowed}, got ${typeof seed === 'bigint' ? `${seed}n` : String(seed)}`,
    );
  }
  return BigInt(seed);
}
