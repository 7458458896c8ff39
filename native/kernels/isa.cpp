#include "isa.h"

#include <array>
#include <cstdlib>
#include <stdexcept>

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace earsight {

namespace {

constexpr std::array kAll{Isa::kPortable, Isa::kAvx2, Isa::kAvx512, Isa::kAmx};

#if defined(__x86_64__)

bool hasAvx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

bool hasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

// Leaf 7: EDX bit 22 amx-bf16, bit 24 amx-tile. Linux grants tile registers to a process that asks for them
// (arch_prctl ARCH_REQ_XCOMP_PERM, feature 18; Documentation/arch/x86/xstate.rst).
bool hasAmx() {
#if defined(__linux__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kBits = 1u << 22 | 1u << 24;
  if (!hasAvx512() || !hasAvx512Bf16() || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & kBits) != kBits) return false;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

#else

bool hasAvx2() { return false; }
bool hasAvx512() { return false; }
bool hasAmx() { return false; }

#endif

Isa choose() {
  const char* wanted = std::getenv("EARSIGHT_ISA");
  if (wanted == nullptr || *wanted == '\0') {
    Isa best = Isa::kPortable;
    for (const Isa isa : kAll) best = isaAvailable(isa) ? isa : best;
    return best;
  }
  for (const Isa isa : kAll) {
    if (wanted != std::string(isaName(isa))) continue;
    if (isaAvailable(isa)) return isa;
    throw std::runtime_error(std::string("EARSIGHT_ISA: this machine has no ") + wanted + "; leave the variable unset");
  }
  throw std::runtime_error(std::string("EARSIGHT_ISA: expected portable, avx2, avx512 or amx, got ") + wanted);
}

}  // namespace

const char* isaName(Isa isa) {
  static constexpr const char* kNames[] = {"portable", "avx2", "avx512", "amx"};
  return kNames[static_cast<int>(isa)];
}

bool hasAvx512Bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

bool isaAvailable(Isa isa) {
  switch (isa) {
    case Isa::kPortable: return true;
    case Isa::kAvx2: return hasAvx2();
    case Isa::kAvx512: return hasAvx512();
    case Isa::kAmx: {
      static const bool amx = hasAmx();
      return amx;
    }
  }
  return false;
}

Isa chosenIsa() {
  static const Isa isa = choose();
  return isa;
}

}  // namespace earsight
