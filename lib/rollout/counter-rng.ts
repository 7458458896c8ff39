/**
 * Counter-based uniform numbers: what completion i of a sample draws at step t depends on (seed, sample id, occurrence of
 * the sample in the training, stream, i, t) alone, so neither the batch nor the number of completions changes it.
 */

/** 32-bit mixing (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 code units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The stream of completions that continue a prefix, by its ids, at the nth try. 0 without a prefix. */
export function prefixStream(prefix: readonly number[], tryNumber = 0): number {
  if (prefix.length === 0) return 0;
  let hash = mix(tryNumber + 1);
  for (const id of prefix) hash = mix(hash ^ mix(id + 1));
  return hash;
}

/**
 * The key of one completion; `uniformAt(key, t)` are its draws.
 * @param occurrence how often the training has sampled this sample before
 * @param stream see `prefixStream`
 */
export function streamKey(seed: number, sampleId: string, index: number, occurrence = 0, stream = 0): number {
  const words = mix(seed ^ mix(Math.floor(seed / 2 ** 32)));
  // Odd multipliers: no two of the indices and occurrences that one sample can have share a key.
  const place = Math.imul(index + 1, 0x9e3779b9) + Math.imul(occurrence, 0xc2b2ae3d);
  return mix(mix(hashText(sampleId) ^ words ^ stream) + place);
}

/** In [0, 1), 53 bits. */
export function uniformAt(key: number, step: number): number {
  const high = mix(key ^ mix(2 * step + 1)) >>> 5;
  const low = mix(key + Math.imul(2 * step + 2, 0x9e3779b9)) >>> 6;
  return (high * 67108864 + low) / 9007199254740992;
}
