// An engine computes attention with one instruction set. The portable one takes every problem and is the measure of the
// others; those live in a translation unit each, compiled with their own flags, and take the problems they are good at.
//
// Engines are told what to do by problem.h and plan.h alone. What they may count on:
//   - every row of a tile sees at least one key; blocks and tiles are never empty; idle rows are filled by the caller
//   - strides are in elements, pointers aligned to the element only; D and Dv lie in 1..256
// What they must keep:
//   - the same bits for any number of workers: a task's result depends on the task alone, sums have a fixed order
//   - nothing is read outside the planned rows (a KV cache has memory that nobody wrote yet)
//   - no allocation that grows with tq * tk
//   - true only where a key or value that nobody sees had no part in the result. Tuned engines multiply it by a
//     probability of 0, which hides no infinity and no NaN: they return false where they met one in k or v while they
//     packed, and the caller then asks the portable engine, whose masked keys touch nothing, to write everything anew
#pragma once

#include "../isa.h"
#include "../parallel.h"
#include "problem.h"

namespace earsight::attention {

struct Engine {
  const char* name;
  Isa isa;                          // what it needs; it is a candidate under this set and those above
  bool (*accepts)(const Shape&);    // element and sizes; anything refused goes to the next lower engine
  bool (*forward)(const Forward&, const Parallel&);
  bool (*backward)(const Backward&, const Parallel&);
  // Whether rows of q and k that were turned are rounded to the element, as they are where models turn them themselves.
  bool roundsTurned = false;
};

extern const Engine kPortableEngine;     // portable.cpp
extern const Engine kAmxEmulatedEngine;  // x86/amx_emulated.cpp: plain C++, for tests
#if defined(EARSIGHT_X86_KERNELS)
// x86/, a file each.
extern const Engine kAmxEngine, kAvx512Bf16Engine, kAvx512Engine, kAvx2Engine;
#endif

// All engines of this build, the best first; the emulated tiles stand behind the portable engine, so they run only where
// they are named. Not all of them run on this machine.
std::span<const Engine* const> engines();

// The best engine for a problem of this shape under an instruction set.
const Engine& engineFor(const Shape& shape, Isa isa);

// Forward and backward of a whole problem: idle rows, and the care for infinities and NaN. The engine must accept
// the shape, and the machine the engine.
void forward(const Engine& engine, const Forward& problem, const Parallel& parallel);
void backward(const Engine& engine, const Backward& problem, const Parallel& parallel);

}  // namespace earsight::attention
