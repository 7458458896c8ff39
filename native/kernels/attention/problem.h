// One attention call for the kernels: raw pointers, strides in elements, and the plan. No torch.
//
//   S_ij = scale q_i . k_j       lse_i = log sum_j exp S_ij       P_ij = exp(S_ij - lse_i)
//   out_i = sum_j P_ij v_j       mass_im = sum_{j: modality m} P_ij
//
// per query head h, with key head floor(h Hk / Hq) and j over the keys that the plan lets row i see. With rotary tables
// q and k are rotated first (half-split convention: x1 = first D/2, x2 = second D/2; x1 cos - x2 sin, x2 cos + x1 sin).
//
// Backward, given dOut, delta_i = dOut_i . out_i + sum_m dMass_im mass_im - dLse_i, and dMass:
//   dS_ij = P_ij (dOut_i . v_j + dMass_i,mod(j) - delta_i)
//   dv_j = sum_i P_ij dOut_i     dq_i = scale sum_j dS_ij k_j     dk_j = scale sum_i dS_ij q_i
// where dk and dv also sum over the query heads of a group, and dq and dk are rotated by the opposite angle.
//
// Sums are float (double for kDouble) for every element. `Accumulator` below means that type.
#pragma once

#include <cstdint>

#include "plan.h"

namespace earsight::attention {

enum class Element { kBFloat16, kHalf, kFloat, kDouble };

// Largest D and Dv.
constexpr int64_t kMaxWidth = 256;

// x[row][head][0 .. width): the last dimension is contiguous, the other two have any stride. Aligned to the element only.
struct ConstRows {
  const void* data = nullptr;
  int64_t rowStride = 0, headStride = 0;
};

struct Rows {
  void* data = nullptr;
  int64_t rowStride = 0, headStride = 0;
};

struct Shape {
  Element element;
  int64_t tq, tk;             // rows of q, and of k and v
  int64_t heads, keyHeads;    // heads % keyHeads == 0
  int64_t width, valueWidth;  // D of q and k, Dv of v and out

  int64_t group() const { return heads / keyHeads; }
};

// Accumulator [tq, D/2] and [tk, D/2], contiguous; all four null without rotation. Queries and keys may share tables.
struct Rotary {
  const void* cos = nullptr;
  const void* sin = nullptr;
  const void* keyCos = nullptr;
  const void* keySin = nullptr;
};

// What forward and backward share.
struct Problem {
  Shape shape;
  Plan plan;
  double scale;
  ConstRows q, k, v;
  Rotary rotary;
};

// An engine writes the rows in the plan's tiles. The caller fills the others, which the plan lists as idle.
struct Forward : Problem {
  Rows out;              // [tq, Hq, Dv]
  void* lse = nullptr;   // Accumulator [Hq, tq]
  void* mass = nullptr;  // Accumulator [Hq, tq, 8], or null: not wanted
};

// An engine writes dq of the rows in tiles, and dk and dv of the keys in blocks. It adds to nothing.
struct Backward : Problem {
  ConstRows dOut;                       // [tq, Hq, Dv], Element
  const void* lse = nullptr;            // Accumulator [Hq, tq], from forward
  const void* dMass = nullptr;          // Accumulator, eight contiguous at [row][head], or null
  int64_t dMassRow = 0, dMassHead = 0;  // its strides; dMassHead is 0 where all heads share one
  ConstRows out;                        // from forward
  const void* mass = nullptr;           // Accumulator [Hq, tq, 8] from forward, where there is dMass
  const void* dLse = nullptr;           // Accumulator [Hq, tq], or null
  Rows dq, dk, dv;
};

}  // namespace earsight::attention
