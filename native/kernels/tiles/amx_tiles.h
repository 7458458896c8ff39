// The tile registers of AMX, for bfloat16. isa.cpp asks for permission once a process. A thread configures its tiles for
// the lifetime of a session and then releases them: configured tiles make every context switch more expensive, and other
// code (oneDNN in PyTorch) uses its own configuration.
//
// Assembly instead of intrinsics: the intrinsics paste the tile's number into the instruction, so it could not be a template
// parameter, and the constraint of GCC 12's ldtilecfg covers the first eight bytes only.
//
// Run so far under an emulator only: Bochs 3.0 with a corrected XSAVE of tiles and with XFD added, under Linux 6.1. With
// these tiles and plain vectors, attention and linear_logprob agreed with their references there, on one thread and on three.
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
