// The instruction sets that kernels are written for, and which one this process uses. Chosen once: the highest that the
// processor and the operating system offer, or what EARSIGHT_ISA names (portable, avx2, avx512, amx; for tests).
#pragma once

#include <string>

namespace earsight {

// In rising order. A kernel without code for the chosen set takes the next lower one that it has.
enum class Isa {
  kPortable,
  kAvx2,    // AVX2, FMA, F16C
  kAvx512,  // AVX-512 F, BW, DQ, VL; whether there are bf16 products too is a question of its own (hasAvx512Bf16)
  kAmx,     // the same with bf16 and AMX tiles in bf16, permission granted by the kernel
};

const char* isaName(Isa isa);

// Whether this machine can run it. For kAmx the first call asks Linux for the tile registers, for the whole process.
bool isaAvailable(Isa isa);

bool hasAvx512Bf16();

// The set in use. Throws std::runtime_error when EARSIGHT_ISA names none, or one that this machine lacks.
Isa chosenIsa();

}  // namespace earsight
