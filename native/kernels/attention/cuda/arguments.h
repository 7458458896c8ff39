// The arguments of a kernel: the problem of ../problem.h as plain values, with its plan in device memory.
#pragma once

#include <cstdint>

#include "../problem.h"

namespace earsight::attention::cuda {

// The plan's lists (see ../plan.h) in device memory.
struct DevicePlan {
  const Tile* tiles;
  const Block* blocks;
  const Pair* pairs;
  const int64_t* uses;
  const int64_t* rows;
  const uint64_t* masks;
  int64_t tileCount, blockCount;
  int tileRows;  // the most rows of a tile
};

// Elements have 16 bits: bfloat16 or half, by the kernel's Format.
struct Arguments {
  DevicePlan plan;
  int64_t tq;
  int heads, group, width, valueWidth;
  float scale;
  ConstRows q, k, v;
};

struct ForwardArguments : Arguments {
  Rows out;
  float* lse;   // [heads, tq]
  float* mass;  // [heads, tq, 8] or null
  const int64_t* keyEnd;  // [tq]: query i sees no row of k from keyEnd[i] on; null: the plan alone decides
};

struct BackwardArguments : Arguments {
  ConstRows dOut;
  const float* lse;
  const float* delta;  // [heads, tq]
  const float* dMass;  // eight contiguous at [row][head], or null
  int64_t dMassRow, dMassHead;
  Rows dq, dk, dv;
};

struct DeltaArguments {
  int64_t tq;
  int heads, valueWidth;
  ConstRows out, dOut;
  const float* mass;   // [heads, tq, 8], where there is dMass
  const float* dMass;  // as in BackwardArguments
  int64_t dMassRow, dMassHead;
  const float* dLse;  // [heads, tq] or null
  float* delta;       // [heads, tq]
};

struct RotateArguments {
  ConstRows from;
  Rows to;  // may be `from`
  const float* cos;
  const float* sin;  // [rows, width / 2]
  float direction;   // 1, or -1 for the opposite angle
  int64_t rows;
  int heads, width;
};

}  // namespace earsight::attention::cuda
