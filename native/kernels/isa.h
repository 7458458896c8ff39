// The instruction sets that kernels are written for, and which one this process uses. Detected and chosen once: the
// highest that the processor and the operating system offer, or what EARSIGHT_ISA names. Every kernel reads this choice.
#pragma once

#include <cstdint>

namespace earsight {

// In rising order; each includes those below it. A kernel without code for the chosen set takes the next lower one that
// it has.
enum class Isa {
  kPortable,
  kAvx2,        // AVX2, FMA, F16C
  kAvx512,      // AVX-512 F, BW, DQ, VL
  kAvx512Bf16,  // the same with bf16 products
  kAmx,         // the same with AMX tiles in bf16
};

constexpr Isa kIsas[] = {Isa::kPortable, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Bf16, Isa::kAmx};

// As EARSIGHT_ISA has it.
const char* isaName(Isa isa);

// What the units of kernels are compiled with (CMakeLists.txt), a bit each.
struct CpuFeatures {
  uint32_t bits = 0;
  bool include(CpuFeatures others) const { return (bits & others.bits) == others.bits; }
};

// The feature of that name in /proc/cpuinfo; none where kernels do not use it.
CpuFeatures featureNamed(const char* name);

bool offers(CpuFeatures features, Isa isa);

// The highest set that `features` offer; the one named `wanted`, where that is neither null nor empty. Throws
// std::runtime_error when `wanted` names none, or one that is not offered.
Isa chooseIsa(CpuFeatures features, const char* wanted);

// What this processor has and the operating system lets this process use. The first call asks Linux for the tile
// registers of AMX, for the whole process.
CpuFeatures machineFeatures();

// chooseIsa of this machine and of EARSIGHT_ISA, both as they are at the first call.
Isa chosenIsa();

}  // namespace earsight
