// The tile registers of AMX in plain C++: the interface of amx_tiles.h on any machine. tdpbf16ps rounds every sum to float
// and treats denormal numbers as zero; here they count, a difference below the precision of bfloat16.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace earsight {
namespace {

class EmulatedTiles {
 public:
  // While it lives, the thread may use tiles.
  struct Session {};

  template <int kTile>
  static void zero() {
    std::memset(tile(kTile), 0, kBytes);
  }
  // Sixteen rows of 64 bytes, `stride` bytes apart.
  template <int kTile>
  static void load(const void* p, int64_t stride) {
    for (int i = 0; i < 16; ++i) std::memcpy(tile(kTile) + 16 * i, static_cast<const char*>(p) + i * stride, 64);
  }
  template <int kTile>
  static void store(void* p, int64_t stride) {
    for (int i = 0; i < 16; ++i) std::memcpy(static_cast<char*>(p) + i * stride, tile(kTile) + 16 * i, 64);
  }
  // sum += left right: sum 16 x 16 floats, left 16 rows of 16 pairs, right 16 pairs of rows of 16 columns.
  template <int kSum, int kLeft, int kRight>
  static void dot() {
    for (int i = 0; i < 16; ++i) {
      for (int s = 0; s < 16; ++s) {
        const uint32_t a = tile(kLeft)[16 * i + s];
        for (int j = 0; j < 16; ++j) {
          const uint32_t b = tile(kRight)[16 * s + j];
          uint32_t& sum = tile(kSum)[16 * i + j];
          sum = std::bit_cast<uint32_t>(std::bit_cast<float>(sum) + low(a) * low(b) + high(a) * high(b));
        }
      }
    }
  }

 private:
  static constexpr size_t kBytes = 1024;

  static uint32_t* tile(int index) {
    thread_local uint32_t tiles[8][256];
    return tiles[index];
  }
  static float low(uint32_t pair) { return std::bit_cast<float>(pair << 16); }
  static float high(uint32_t pair) { return std::bit_cast<float>(pair & 0xffff0000); }
};

}  // namespace
}  // namespace earsight
