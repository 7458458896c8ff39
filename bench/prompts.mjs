// Prompts of random ids, the same every time.

/** A sequence of 32-bit numbers (xorshift). */
function numbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** @returns the first `count` of the prompts of this length: fewer are the same ones */
export function promptsOf(count, length, vocabulary) {
  const next = numbers(2463534242);
  return Array.from({ length: count }, () => Array.from({ length }, () => next() % vocabulary));
}
