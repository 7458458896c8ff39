#include "scalars.h"

#include <ATen/native/TypeProperties.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "errors.h"
#include "operator_entry.h"
#include "values.h"

namespace earsight {

using namespace std::string_view_literals;

namespace {

constexpr std::array kStoring{"fill"sv, "fill_diagonal"sv, "full_like"sv, "new_full"sv, "masked_fill"sv, "index_fill"sv,
                              "scatter"sv, "constant_pad_nd"sv, "pad"sv, "scalar_tensor"sv};

constexpr std::array kComputing{"add"sv, "sub"sv, "subtract"sv, "rsub"sv, "mul"sv, "multiply"sv, "floor_divide"sv, "remainder"sv, "fmod"sv,
                                "where"sv, "clamp"sv, "clamp_min"sv, "clamp_max"sv, "clip"sv, "eq"sv, "ne"sv, "not_equal"sv, "lt"sv, "less"sv,
                                "le"sv, "less_equal"sv, "gt"sv, "greater"sv, "ge"sv, "greater_equal"sv};

template <size_t size>
bool contains(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// An integral number that TypeScript could not write as an int: -0, or beyond the safe integers.
bool isIntegral(const c10::IValue& value) {
  return value.isDouble() && std::isfinite(value.toDouble()) && std::trunc(value.toDouble()) == value.toDouble();
}

bool isFraction(const c10::IValue& value) { return value.isDouble() && !isIntegral(value); }

// Every integer dtype holds the ints up to here.
bool isSmall(const c10::IValue& value) { return value.toInt() >= 0 && value.toInt() <= 127; }

bool needsNoDtype(ScalarRule rule, const c10::IValue& value) {
  if (value.isUnsigned()) return false;
  if (value.isDouble()) return rule < ScalarRule::kCounted && isFraction(value);
  return !value.isInt() || rule == ScalarRule::kPromoted || rule == ScalarRule::kDivided || isSmall(value);
}

// The values that a Scalar is combined with: the arguments of its call. An element of a list of Scalars is combined
// with the same element of every other list.
struct Beside {
  const std::vector<c10::IValue>& stack;
  std::optional<size_t> element;
};

template <typename Work>
void eachTensor(const Beside& beside, size_t firstArgument, Work work) {
  for (size_t i = firstArgument; i < beside.stack.size(); ++i) {
    const auto& value = beside.stack[i];
    if (value.isTensor() && value.toTensor().defined()) work(value.toTensor());
    if (!value.isTensorList()) continue;
    const auto tensors = value.toTensorList();
    for (size_t k = 0; k < tensors.size(); ++k) {
      if (!beside.element || k == *beside.element) work(tensors.get(k));
    }
  }
}

template <typename Work>
void eachScalar(const OperatorEntry& entry, const Beside& beside, Work work) {
  for (const int position : entry.scalars) {
    const auto& value = beside.stack[position];
    if (!value.isList()) {
      if (!value.isNone()) work(value);
    } else if (const auto scalars = value.toList(); beside.element && *beside.element < scalars.size()) {
      work(scalars.get(*beside.element));
    }
  }
}

std::optional<c10::ScalarType> requestedDtype(const OperatorEntry& entry, const std::vector<c10::IValue>& stack) {
  if (entry.dtypePosition < 0 || stack[entry.dtypePosition].isNone()) return std::nullopt;
  return stack[entry.dtypePosition].toScalarType();
}

std::optional<c10::ScalarType> firstDtype(const Beside& beside) {
  std::optional<c10::ScalarType> first;
  eachTensor(beside, 0, [&](const at::Tensor& tensor) {
    if (!first) first = tensor.scalar_type();
  });
  return first;
}

c10::ScalarType promotedDtype(const OperatorEntry& entry, const Beside& beside) {
  at::native::ResultTypeState state;
  // The condition of `where` takes no part in type promotion.
  const size_t first = entry.handle.schema().name() == "aten::where" ? 1 : 0;
  eachTensor(beside, first, [&](const at::Tensor& tensor) { state = at::native::update_result_type_state(tensor, state); });
  eachScalar(entry, beside, [&](const c10::IValue& value) {
    const bool isInteger = isIntegral(value) || value.isUnsigned();
    state = at::native::update_result_type_state(isInteger ? c10::Scalar(0) : value.toScalar(), state);
  });
  return at::native::result_type(state);
}

// std::nullopt when the call has neither tensors nor a dtype, and its Scalars do not decide one.
std::optional<c10::ScalarType> dtypeOfCall(const OperatorEntry& entry, const Beside& beside) {
  if (const auto dtype = requestedDtype(entry, beside.stack)) return dtype;
  const auto first = firstDtype(beside);
  const bool decides = entry.scalarRule == ScalarRule::kCounted || entry.scalarRule == ScalarRule::kInferred;
  if (first ? entry.scalarRule >= ScalarRule::kCounted : !decides) return first;
  return promotedDtype(entry, beside);
}

// `element`: of a list of Scalars.
[[noreturn]] void refuse(const OperatorEntry& entry, int position, std::optional<size_t> element, const c10::IValue& value,
                         c10::ScalarType dtype) {
  const std::string subscript = element ? "[" + std::to_string(*element) + "]" : "";
  throw AddonError(ErrorCode::kRange, "argument '" + entry.handle.schema().arguments()[position].name() + subscript +
                                          "': " + describeRefusal(value, dtype));
}

// Operators take integers beyond int64 as doubles: they compute with them in floating point only.
void makeDouble(c10::IValue& value) {
  if (value.isUnsigned()) value = static_cast<double>(value.toUInt());
}

void settle(const OperatorEntry& entry, int position, const Beside& beside, c10::IValue& value) {
  const ScalarRule rule = entry.scalarRule;
  if (needsNoDtype(rule, value)) return;
  const auto found = dtypeOfCall(entry, beside);
  if (!found) return;
  c10::ScalarType dtype = *found;
  if (rule < ScalarRule::kStored && !c10::isIntegralType(dtype, /*includeBool=*/true)) return makeDouble(value);
  if (rule == ScalarRule::kDivided && (value.isUnsigned() || value.toDouble() != 0)) return makeDouble(value);
  // The operator may compute in another dtype than this: the Scalar has to fit int64 only.
  if (rule == ScalarRule::kPromoted || rule == ScalarRule::kDivided) dtype = c10::ScalarType::Long;
  const auto rounded = roundedScalar(value, dtype);
  if (!rounded) refuse(entry, position, beside.element, value, dtype);
  value = entry.arguments[position].kind == Kind::kFloat ? rounded->toScalar().toDouble() : *rounded;
}

}  // namespace

ScalarRule scalarRule(const std::string& name, const std::string& overload) {
  std::string_view base = name;
  if (base.substr(0, 6) != "aten::") return ScalarRule::kPromoted;
  base.remove_prefix(6);
  // Operators of lists do the same with each tensor.
  if (base.starts_with("_foreach_")) base.remove_prefix(9);
  if (base.ends_with('_') && !base.ends_with("__")) base.remove_suffix(1);
  if (base == "arange") return ScalarRule::kCounted;
  if (base == "full") return ScalarRule::kInferred;
  if (contains(kStoring, base)) return ScalarRule::kStored;
  if (contains(kComputing, base)) return ScalarRule::kExact;
  // These operators compute in floating point for every input.
  const bool isFloating =
      base == "float_power" || base == "true_divide" || ((base == "div" || base == "divide") && (overload == "Scalar" || overload == "ScalarList"));
  return isFloating ? ScalarRule::kDivided : ScalarRule::kPromoted;
}

void settleScalars(const OperatorEntry& entry, std::vector<c10::IValue>& stack) {
  for (const int position : entry.scalars) {
    if (!stack[position].isList()) {
      settle(entry, position, {stack, std::nullopt}, stack[position]);
      continue;
    }
    auto scalars = stack[position].toList();
    for (size_t i = 0; i < scalars.size(); ++i) {
      c10::IValue value = scalars.get(i);
      settle(entry, position, {stack, i}, value);
      scalars.set(i, value);
    }
  }
}

}  // namespace earsight
