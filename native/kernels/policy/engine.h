// An engine is the pass over a run of sequences, compiled for one instruction set in a translation unit with flags of
// its own (CMakeLists.txt). What surrounds it is in policy_loss.cpp.
#pragma once

#include <span>

#include "../isa.h"
#include "policy_loss.h"

namespace earsight::policy {

// What the sequences of a task add up to, and how tasks are joined: in order, in double precision.
struct PolicySums {
  double loss = 0, kl = 0, entropy = 0;
  double clipLow = 0, clipHigh = 0, clipCount = 0;  // tokens, or sequences where the ratio is a sequence's
  double clipLowMin = kInfinity, clipHighMax = -kInfinity;
  double difference = 0, differenceMax = 0, differenceCount = 0;
  double correction = 0, correctionMin = kInfinity, correctionMax = -kInfinity, correctionCount = 0;
  double phi = 0, phiCount = 0;

  void add(const PolicySums& other) {
    loss += other.loss;
    kl += other.kl;
    entropy += other.entropy;
    clipLow += other.clipLow;
    clipHigh += other.clipHigh;
    clipCount += other.clipCount;
    clipLowMin = other.clipLowMin < clipLowMin ? other.clipLowMin : clipLowMin;
    clipHighMax = other.clipHighMax > clipHighMax ? other.clipHighMax : clipHighMax;
    difference += other.difference;
    differenceMax = other.differenceMax > differenceMax ? other.differenceMax : differenceMax;
    differenceCount += other.differenceCount;
    correction += other.correction;
    correctionMin = other.correctionMin < correctionMin ? other.correctionMin : correctionMin;
    correctionMax = other.correctionMax > correctionMax ? other.correctionMax : correctionMax;
    correctionCount += other.correctionCount;
    phi += other.phi;
    phiCount += other.phiCount;
  }
};

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
