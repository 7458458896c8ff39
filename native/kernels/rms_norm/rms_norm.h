// y = x / sqrt(mean(x^2) + eps) weight, a row at a time, in one pass over the memory (Zhang and Sennrich, 2019).
#pragma once

#include <cstdint>

#include "../../export.h"
#include "../bfloat16.h"
#include "../isa.h"
#include "../parallel.h"

namespace earsight::rms_norm {

// Rows end to end. X, Y: float or BFloat16; sums are float32 in an order of their own for each instruction set.
template <class X, class Y>
struct Rows {
  const X* x;
  const float* weight;  // [width]
  float eps;
  int64_t rows, width;
  Y* y;
};

template <class X, class Y>
using Pass = void (*)(const Rows<X, Y>& problem, int64_t begin, int64_t end);

// A pass compiled for one instruction set in a translation unit with its own flags.
struct Engine {
  Isa isa;  // the lowest set under which it may run
  Pass<float, float> floats;
  Pass<float, BFloat16> floatsRounded;
  Pass<BFloat16, float> halvesWidened;
  Pass<BFloat16, BFloat16> halves;

  Pass<float, float> passOf(const float*, float*) const { return floats; }
  Pass<float, BFloat16> passOf(const float*, BFloat16*) const { return floatsRounded; }
  Pass<BFloat16, float> passOf(const BFloat16*, float*) const { return halvesWidened; }
  Pass<BFloat16, BFloat16> passOf(const BFloat16*, BFloat16*) const { return halves; }
};

extern const Engine kPortableEngine;
#if defined(EARSIGHT_X86_KERNELS)
extern const Engine kAvx512Engine, kAvx2Engine;
#endif

EARSIGHT_EXPORT const Engine& engineFor(Isa isa);

template <class X, class Y>
void normalise(const Engine& engine, const Rows<X, Y>& problem, const Parallel& parallel) {
  // Of a task: so many that a thread that wakes for it is worth its while.
  constexpr int64_t kTaskElements = 1 << 15;
  const int64_t each = problem.width < kTaskElements ? kTaskElements / problem.width : 1;
  forEachTask(parallel, (problem.rows + each - 1) / each, [&](int64_t task, int) {
    const int64_t begin = task * each, end = begin + each < problem.rows ? begin + each : problem.rows;
    engine.passOf(problem.x, problem.y)(problem, begin, end);
  });
}

}  // namespace earsight::rms_norm
