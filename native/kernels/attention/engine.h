// An engine computes attention with one instruction set. The portable one takes every problem, and the others are checked
// against it. Those have a translation unit each, compiled with its own flags, and accept a part of all problems.
//
// problem.h and plan.h define what an engine computes. It may rely on:
//   - every row of a tile sees at least one key; blocks and tiles are not empty; the caller fills idle rows
//   - strides are in elements, pointers aligned to the element only; D and Dv are in 1..256
// It must:
//   - give the same bits for any number of workers: a task's result depends on the task alone, sums have a fixed order
//   - read nothing outside the planned rows (a KV cache has memory that was never written)
//   - allocate nothing that grows with tq * tk
//   - return true only where invisible keys and values had no effect on the result. Tuned engines multiply them by a
//     probability of 0, which does not remove an infinity or NaN. They return false where packing finds one in k or v;
//     then the caller runs the portable engine, which does not read invisible keys, for the whole problem
#pragma once

#include "../isa.h"
#include "../parallel.h"
#include "problem.h"

namespace earsight::attention {

struct Engine {
  const char* name;
  Isa isa;                          // the lowest set under which it may run
  bool (*accepts)(const Shape&);    // element and sizes; a refused shape goes to the next lower engine
  bool (*forward)(const Forward&, const Parallel&);
  bool (*backward)(const Backward&, const Parallel&);
  // Whether rotated rows of q and k are rounded to the element, as they are where a model rotates them itself.
  bool roundsRotated = false;
};

extern const Engine kPortableEngine;     // portable.cpp
extern const Engine kAmxEmulatedEngine;  // x86/amx_emulated.cpp: plain C++, for tests
#if defined(EARSIGHT_X86_KERNELS)
// x86/, a file each.
extern const Engine kAmxEngine, kAvx512Bf16Engine, kAvx512Engine, kAvx2Engine;
#endif

// All engines of this build, the best first. This machine may not run all of them. The emulated tiles come after the
// portable engine, so that they run only where a test names them.
std::span<const Engine* const> engines();

// The best engine for a problem of this shape under an instruction set.
const Engine& engineFor(const Shape& shape, Isa isa);

// Forward and backward of a whole problem: fills idle rows, runs the engine, and the portable one after it where k or v
// hold infinities or NaN. The engine must accept the shape and run on this machine.
void forward(const Engine& engine, const Forward& problem, const Parallel& parallel);
void backward(const Engine& engine, const Backward& problem, const Parallel& parallel);

}  // namespace earsight::attention
