// The tile registers of AMX, for bfloat16. Permission is asked for in isa.cpp, once a process; a thread configures its
// tiles for as long as a session lives and releases them, since configured tiles make every context switch dearer and
// other code (oneDNN in PyTorch) brings its own configuration.
//
// Assembly rather than intrinsics: those paste a tile's number as it is written, so it could not be a parameter, and
// GCC 12's ldtilecfg tells the compiler of the first eight bytes only.
//
// Run so far under an emulator only: Bochs 3.0, its XSAVE of tiles mended and XFD added, under Linux 6.1. With these
// tiles and plain vectors, attention and linear_logprob agreed with their references there, on one thread and on three.
#pragma once

#include <cstdint>

namespace earsight {
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
      asm volatile("ldtilecfg %0" ::"m"(configuration));
    }
    ~Session() { asm volatile("tilerelease"); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
  };

  template <int kTile>
  static void zero() {
    asm volatile("tilezero %%tmm%c0" ::"n"(kTile));
  }
  template <int kTile>
  static void load(const void* p, int64_t stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(p), "r"(stride), "n"(kTile) : "memory");
  }
  template <int kTile>
  static void store(void* p, int64_t stride) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(p), "r"(stride), "n"(kTile) : "memory");
  }
  // sum += left right
  template <int kSum, int kLeft, int kRight>
  static void dot() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"n"(kSum), "n"(kLeft), "n"(kRight));
  }
};

}  // namespace
}  // namespace earsight
