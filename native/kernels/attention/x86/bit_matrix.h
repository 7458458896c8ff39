// Transposes mask words: from the keys that each query sees to the queries that see each key.
#pragma once

#include <cstdint>

namespace earsight::attention {
namespace {

// 64 x 64 bits in place: bit j of word i goes to bit i of word j. Halves are exchanged, then quarters, and so on
// (Warren, Hacker's Delight, 7-3).
inline void transposeBits(uint64_t* words) {
  uint64_t mask = 0x00000000ffffffff;
  for (int width = 32; width != 0; width >>= 1, mask ^= mask << width) {
    for (int i = 0; i < 64; i = (i + width + 1) & ~width) {
      const uint64_t swap = (words[i] >> width ^ words[i + width]) & mask;
      words[i] ^= swap << width;
      words[i + width] ^= swap;
    }
  }
}

}  // namespace
}  // namespace earsight::attention
