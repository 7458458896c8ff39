// Scalar arguments beside the tensors and the dtype of their call. TypeScript writes a safe integer as an int and any
// other number, and -0, as a double; the rest depends on dtypes, which it would have to ask for.
#pragma once

#include <ATen/core/ivalue.h>

#include <string>
#include <vector>

namespace earsight {

struct OperatorEntry;

// What an operator does with its Scalars.
enum class ScalarRule {
  kPromoted,  // they take part in type promotion; anything else is unknown
  kExact,     // and are computed with in the promoted dtype, so that an integer must fit it
  kDivided,   // integers become floating point first
  kCounted,   // arange: they have the dtype of the result, which they decide when no one else does
  kStored,    // they become elements of the dtype asked for, or else of the first tensor's
  kInferred,  // the same, and without either they decide the dtype
};
ScalarRule scalarRule(const std::string& name, const std::string& overload);

// Makes -0 an int beside integers, rounds what is stored, and refuses what an integer dtype cannot hold. Runs before the
// operator: nothing has changed when it throws.
void settleScalars(const OperatorEntry& entry, std::vector<c10::IValue>& stack);

}  // namespace earsight
