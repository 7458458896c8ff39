// Converts the Scalar arguments of a call to what its dtypes need. TypeScript writes a safe integer as an int, and
// any other number and -0 as a double: it does not know the dtypes of the call.
#pragma once

#include <ATen/core/ivalue.h>

#include <string>
#include <vector>

namespace earsight {

struct OperatorEntry;

// What an operator does with its Scalars.
enum class ScalarRule {
  kPromoted,  // they take part in type promotion; nothing more is known
  kExact,     // the same, and they are converted to the promoted dtype: an integer must fit it
  kDivided,   // integers become floating point first
  kCounted,   // arange: they have the dtype of the result; without a requested dtype they decide it
  kStored,    // they become elements of the requested dtype, or else of the first tensor's
  kInferred,  // the same; without a requested dtype and a tensor they decide the dtype
};
ScalarRule scalarRule(const std::string& name, const std::string& overload);

// Makes -0 an int beside integers, rounds what is stored, and refuses what an integer dtype cannot hold. Runs before the
// operator: nothing has changed when it throws.
void settleScalars(const OperatorEntry& entry, std::vector<c10::IValue>& stack);

}  // namespace earsight
