// An engine is the four passes over the vocabulary, compiled for one instruction set in a translation unit with its own
// flags. linear_logprob.cpp calls them.
#pragma once

#include <span>

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
  SavedTiles tiles;
};

// The terms of the gradient of every row's z, all Accumulator:
//   dz_v = sum_y targets_y [v == y] - p_v (constant + dEntropy (z_v - lse))
struct ScoreGradient {
  const void* lse;       // [U]
  const void* constant;  // [U]
  const void* dEntropy;  // [U], or null: zeros
  const void* targets;   // [M]
  SavedTiles tiles;      // for weightGradient, in place of scores; none where there is a dEntropy
};

struct WeightGradient {
  void* weight;  // Element [vocabulary][width], or null: not wanted
  int64_t stride;
  bool add;    // to what is there
  void* bias;  // Accumulator [vocabulary], or null: not wanted
};

// Pairs of hidden rows under one head: p's and q's heads differ in their hidden states alone. pRows and qRows name as many
// rows and no tokens.
struct RowPairs {
  Head p, q;
  Targets pRows, qRows;
};

struct Engine {
  const char* name;
  Isa isa;                   // the lowest set under which it may run
  bool (*accepts)(Element);  // a refused element goes to the next lower engine
  void (*statistics)(const Head&, const Targets&, const Statistics& out, const Parallel&);
  // sum[u] = sum_v dz_v weight[v], Accumulator [U][paddedWidth]
  void (*hiddenSum)(const Head&, const Targets&, const ScoreGradient&, void* sum, const Parallel&);
  void (*weightGradient)(const Head&, const Targets&, const ScoreGradient&, const WeightGradient& out, const Parallel&);
  // kl[i] = KL(softmax of p's row i || softmax of q's row i)
  void (*divergence)(const RowPairs&, double* kl, const Parallel&);
};

extern const Engine kPortableEngine;     // portable.cpp: takes every element
extern const Engine kAmxEmulatedEngine;  // amx_emulated.cpp: plain C++, for tests
#if defined(EARSIGHT_X86_KERNELS)
// A file each. AMX and AVX-512 BF16 take bfloat16 only, the others all but double.
extern const Engine kAmxEngine, kAvx512Bf16Engine, kAvx512Engine, kAvx2Engine;
#endif

// All engines of this build, the best first. This machine may not run all of them. The emulated tiles come after the
// portable engine, so that they run only where a test names them.
std::span<const Engine* const> engines();

// The best engine for an element under an instruction set.
const Engine& engineFor(Element element, Isa isa);

}  // namespace earsight::linear_logprob
