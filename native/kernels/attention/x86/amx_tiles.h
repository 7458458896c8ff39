// The tile registers of AMX, for bfloat16. Permission is asked for in isa.cpp, once a process; a thread configures its
// tiles for as long as a session lives and releases them, since configured tiles make every context switch dearer and
// other code (oneDNN in PyTorch) brings its own configuration.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace earsight::attention {
namespace {

class AmxTiles {
 public:
  class Session {
   public:
    Session() {
      // Palette 1: eight tiles of 16 rows of 64 bytes.
      struct alignas(64) {
        uint8_t palette = 1, startRow = 0, reserved[14] = {};
        uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
        uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
      } configuration;
      static_assert(sizeof(configuration) == 64);
      _tile_loadconfig(&configuration);
    }
    ~Session() { _tile_release(); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
  };

  template <int kTile>
  static void zero() {
    _tile_zero(kTile);
  }
  template <int kTile>
  static void load(const void* p, int64_t stride) {
    _tile_loadd(kTile, p, stride);
  }
  template <int kTile>
  static void store(void* p, int64_t stride) {
    _tile_stored(kTile, p, stride);
  }
  template <int kSum, int kLeft, int kRight>
  static void dot() {
    _tile_dpbf16ps(kSum, kLeft, kRight);
  }
};

}  // namespace
}  // namespace earsight::attention
