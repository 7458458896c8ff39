#include "isa.h"

#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace earsight {

namespace {

// A feature's bit is its index here. The features of a set follow those of the set below.
constexpr const char* kFeatures[] = {"avx2",     "fma",      "f16c",        "avx512f",  "avx512bw",
                                     "avx512dq", "avx512vl", "avx512_bf16", "amx_tile", "amx_bf16"};

struct Level {
  const char* name;
  CpuFeatures needs;
};

constexpr CpuFeatures firstFeatures(int count) { return {(1u << count) - 1}; }

// By Isa.
constexpr Level kLevels[] = {{"portable", firstFeatures(0)},
                             {"avx2", firstFeatures(3)},
                             {"avx512", firstFeatures(7)},
                             {"avx512_bf16", firstFeatures(8)},
                             {"amx", firstFeatures(10)}};
static_assert(std::size(kLevels) == std::size(kIsas));

#if defined(__x86_64__)

// Linux grants tile registers to a process that asks for them (arch_prctl ARCH_REQ_XCOMP_PERM, feature 18;
// Documentation/arch/x86/xstate.rst).
bool mayUseTiles() {
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

// The compiler's test of AVX2 and AVX-512 asks the operating system too. F16C needs no more registers than AVX2.
CpuFeatures detect() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool f16c = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) != 0;
  constexpr unsigned kAmxBf16 = 1u << 22, kAmxTile = 1u << 24;
  const unsigned tiles = __get_cpuid_count(7, 0, &a, &b, &c, &d) ? d & (kAmxBf16 | kAmxTile) : 0;
  const bool granted = tiles != 0 && mayUseTiles();
  const bool has[] = {__builtin_cpu_supports("avx2") != 0,
                      __builtin_cpu_supports("fma") != 0,
                      f16c,
                      __builtin_cpu_supports("avx512f") != 0,
                      __builtin_cpu_supports("avx512bw") != 0,
                      __builtin_cpu_supports("avx512dq") != 0,
                      __builtin_cpu_supports("avx512vl") != 0,
                      __builtin_cpu_supports("avx512bf16") != 0,
                      granted && (tiles & kAmxTile) != 0,
                      granted && (tiles & kAmxBf16) != 0};
  static_assert(std::size(has) == std::size(kFeatures));
  CpuFeatures features;
  for (size_t i = 0; i < std::size(has); ++i) features.bits |= static_cast<uint32_t>(has[i]) << i;
  return features;
}

#else

CpuFeatures detect() { return {}; }

#endif

std::string names() {
  std::string text;
  for (const Isa isa : kIsas) {
    text += isa == Isa::kPortable ? "" : isa == Isa::kAmx ? " or " : ", ";
    text += isaName(isa);
  }
  return text;
}

}  // namespace

const char* isaName(Isa isa) { return kLevels[static_cast<int>(isa)].name; }

CpuFeatures featureNamed(const char* name) {
  for (size_t i = 0; i < std::size(kFeatures); ++i) {
    if (name == std::string(kFeatures[i])) return {1u << i};
  }
  return {};
}

bool offers(CpuFeatures features, Isa isa) { return features.include(kLevels[static_cast<int>(isa)].needs); }

Isa chooseIsa(CpuFeatures features, const char* wanted) {
  const std::string name = wanted == nullptr ? "" : wanted;
  Isa best = Isa::kPortable;
  bool known = name.empty();
  for (const Isa isa : kIsas) {
    known = known || name == isaName(isa);
    if (!offers(features, isa)) continue;
    if (name == isaName(isa)) return isa;
    best = isa;
  }
  if (name.empty()) return best;
  if (!known) throw std::runtime_error("EARSIGHT_ISA: expected " + names() + ", got '" + name + "'");
  throw std::runtime_error("EARSIGHT_ISA: this machine has no " + name + ", its best is " + isaName(best) +
                           "; name that or a lower one, or leave the variable unset");
}

CpuFeatures machineFeatures() {
  static const CpuFeatures features = detect();
  return features;
}

Isa chosenIsa() {
  static const Isa isa = chooseIsa(machineFeatures(), std::getenv("EARSIGHT_ISA"));
  return isa;
}

}  // namespace earsight
