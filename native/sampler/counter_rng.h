// Counter-based uniform numbers, the same as those of lib/rollout/counter-rng.ts: a completion's draw at a step depends on
// its key and the step alone.
#pragma once

#include <cstdint>

namespace earsight::sampler {

// 32-bit mixing (the finalizer of MurmurHash3).
inline uint32_t mix(uint32_t hash) {
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return hash ^ hash >> 16;
}

// In [0, 1), 53 bits.
inline double uniformAt(uint32_t key, uint32_t step) {
  const uint32_t high = mix(key ^ mix(2 * step + 1)) >> 5;
  const uint32_t low = mix(key + (2 * step + 2) * 0x9e3779b9u) >> 6;
  return (static_cast<double>(high) * 67108864 + low) / 9007199254740992;
}

}  // namespace earsight::sampler
