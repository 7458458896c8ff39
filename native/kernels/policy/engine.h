// An engine is the pass over a run of sequences, compiled for one instruction set in a translation unit with flags of
// its own (CMakeLists.txt). What surrounds it is in policy_loss.cpp.
#pragma once

#include <span>

#include "../isa.h"
#include "sums.h"

namespace earsight::policy {

// Adds the sequences [begin, end) to `sums` and writes their gradients.
template <class T>
using SequencePass = void (*)(const PolicyBatch<T>& batch, const PolicySettings& settings, int64_t begin, int64_t end,
                              PolicySums& sums);

struct Engine {
  const char* name;
  Isa isa;  // what it needs; it is a candidate under this set and those above
  SequencePass<float> passOfFloats;
  SequencePass<double> passOfDoubles;
};

extern const Engine kPortableEngine;
#if defined(EARSIGHT_X86_KERNELS)
extern const Engine kAvx512Engine, kAvx2Engine;
#endif

// All engines of this build, the best first. Not all of them run on this machine.
std::span<const Engine* const> engines();

// The best engine under an instruction set.
const Engine& engineFor(Isa isa);

}  // namespace earsight::policy
