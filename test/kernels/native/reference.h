// Attention by its definition, in doubles, a row at a time: the visible keys come from a predicate over the node table
// that shares no code with the plan.
#pragma once

#include "cases.h"

namespace earsight::attention {

struct Reference {
  Array out, mass;          // [tq, Hq, Dv], [tq, Hq, 8]
  std::vector<double> lse;  // [Hq, tq]
  Array dq, dk, dv;
  // What a rounding of `out` (relative 1) does to dq and dk by way of delta: their slack, as Frobenius norms.
  double queryDoubt = 0, keyDoubt = 0;
};

Reference reference(const Case& input);

}  // namespace earsight::attention
