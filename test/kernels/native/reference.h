// Attention by its definition, in doubles, a row at a time: the visible keys come from a predicate over the node table
// that shares no code with the plan.
#pragma once

#include "cases.h"

namespace earsight::attention {

struct Reference {
  Array out, mass;          // [tq, Hq, Dv], [tq, Hq, 8]
  std::vector<double> lse;  // [Hq, tq]
  Array dq, dk, dv;
  // How far dq, dk and dv may move, as Frobenius norms, when every element of `out` and every probability carries a
  // rounding error of relative size 1 of its own: what is left of them where the sums themselves cancel.
  double queryDoubt = 0, keyDoubt = 0, valueDoubt = 0;
};

// roundTurned: turned rows of q and k are rounded to the element before they meet (Engine::roundsTurned).
Reference reference(const Case& input, bool roundTurned);

}  // namespace earsight::attention
