// An engine is the three passes over the vocabulary, compiled for one instruction set in a translation unit with flags
// of its own. What surrounds them is in linear_logprob.cpp.
#pragma once

#include "../isa.h"
#include "../parallel.h"
#include "problem.h"
#include "targets.h"

namespace earsight::linear_logprob {

// All Accumulator; U = targets.rows(), M = targets.count().
struct Statistics {
  void* lse;      // [U]
  void* entropy;  // [U]
  void* logp;     // [M]: z at the targets, less lse
  void* mean;     // [U][paddedWidth], or null: not wanted
};

// The gradient of every row's z as its constituents, all Accumulator:
//   dz_v = sum_y targets_y [v == y] - p_v (plain + slope (z_v - lse))
struct ScoreGradient {
  const void* lse;      // [U]
  const void* plain;    // [U]
  const void* slope;    // [U], or null: zeros
  const void* targets;  // [M]
};

struct WeightGradient {
  void* weight;  // Element [vocabulary][width], or null: not wanted
  int64_t stride;
  bool add;    // to what is there
  void* bias;  // Accumulator [vocabulary], or null: not wanted
};

struct Engine {
  const char* name;
  void (*statistics)(const Head&, const Targets&, const Statistics& out, const Parallel&);
  // sum[u] = sum_v dz_v weight[v], Accumulator [U][paddedWidth]
  void (*hiddenSum)(const Head&, const Targets&, const ScoreGradient&, void* sum, const Parallel&);
  void (*weightGradient)(const Head&, const Targets&, const ScoreGradient&, const WeightGradient& out, const Parallel&);
};

// Takes every element.
extern const Engine kPortableEngine;  // portable.cpp
#if defined(EARSIGHT_X86_KERNELS)
// These take all but double.
extern const Engine kAvx2Engine;    // avx2.cpp
extern const Engine kAvx512Engine;  // avx512.cpp
// bfloat16 only.
extern const Engine kAvx512Bf16Engine;  // avx512_bf16.cpp
#endif

// The best engine for an element on this machine, or of the instruction set that EARSIGHT_ISA names.
const Engine& engineFor(Element element);

}  // namespace earsight::linear_logprob
