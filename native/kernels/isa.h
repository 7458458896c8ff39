// The instruction sets that kernels are written for, and the one that this process uses: the highest that the processor and
// the operating system offer, or the one that EARSIGHT_ISA names. Chosen once, for all kernels.
#pragma once

#include <cstdint>

#include "../export.h"

namespace earsight {

// In rising order; each includes those below it. A kernel without code for the chosen set uses its next lower one.
enum class Isa {
  kPortable,
  kAvx2,        // AVX2, FMA, F16C
  kAvx512,      // AVX-512 F, BW, DQ, VL
  kAvx512Bf16,  // the same with bf16 products
  kAmx,         // the same with AMX tiles in bf16
};

constexpr Isa kIsas[] = {Isa::kPortable, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Bf16, Isa::kAmx};

// The name that EARSIGHT_ISA takes.
const char* isaName(Isa isa);

// The features that kernels are compiled with (CMakeLists.txt), a bit each.
struct CpuFeatures {
  uint32_t bits = 0;
  bool include(CpuFeatures others) const { return (bits & others.bits) == others.bits; }
};

// The feature of that name in /proc/cpuinfo; no bits for one that kernels do not use.
CpuFeatures featureNamed(const char* name);

bool offers(CpuFeatures features, Isa isa);

// The highest set that `features` offer, or the one named `wanted` where that is neither null nor empty. Throws
// std::runtime_error when `wanted` is no set's name, or a set that is not offered.
Isa chooseIsa(CpuFeatures features, const char* wanted);

// What this processor has and the operating system lets this process use. The first call asks Linux for the tile
// registers of AMX, for the whole process.
CpuFeatures machineFeatures();

// chooseIsa of this machine and of EARSIGHT_ISA, both as they are at the first call.
EARSIGHT_EXPORT Isa chosenIsa();

}  // namespace earsight
