// Attention by its definition, in doubles, a row at a time: the visible keys come from a predicate over the node table
// that shares no code with the plan.
#pragma once

#include "cases.h"

namespace earsight::attention {

// How far an array may be off: the errors that query rows bring in, each row with one of its own within +-largest.
struct Doubt {
  double squares = 0, fourths = 0;

  void add(double largest) {
    squares += largest * largest;
    fourths += largest * largest * largest * largest;
  }

  // As a Frobenius norm, when about `entries` numbers carry the array's own. An error within +-x has a mean square of
  // x^2 / 3, with a standard deviation of 0.3 x^2: many keep within four deviations of the mean, few may all reach x.
  double norm(double entries) const;
};

struct Reference {
  Array out, mass;          // [tq, Hq, Dv], [tq, Hq, 8]
  std::vector<double> lse;  // [Hq, tq]
  Array dq, dk, dv;
  // The error of dq, dk and dv when every element of `out`, of P and of dS has an independent rounding error of relative
  // size 1: it remains where the sums cancel, or have one term.
  Doubt queryDoubt, keyDoubt, valueDoubt;
};

// roundRotated: rotated rows of q and k are rounded to the element before the product (Engine::roundsRotated).
Reference reference(const Case& input, bool roundRotated);

}  // namespace earsight::attention
