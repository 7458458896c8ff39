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
  if (value.isDouble()) return rule < ScalarRule::kCounted && isFraction(value);
  return !value.isInt() || rule == ScalarRule::kPromoted || rule == ScalarRule::kDivided || isSmall(value);
}

template <typename Work>
void eachTensor(const std::vector<c10::IValue>& stack, size_t firstArgument, Work work) {
  for (size_t i = firstArgument; i < stack.size(); ++i) {
    const auto& value = stack[i];
    if (value.isTensor() && value.toTensor().defined()) work(value.toTensor());
    if (value.isTensorList()) {
      for (const at::Tensor& tensor : value.toTensorVector()) work(tensor);
    }
  }
}

std::optional<c10::ScalarType> requestedDtype(const OperatorEntry& entry, const std::vector<c10::IValue>& stack) {
  if (entry.dtypePosition < 0 || stack[entry.dtypePosition].isNone()) return std::nullopt;
  return stack[entry.dtypePosition].toScalarType();
}

std::optional<c10::ScalarType> firstDtype(const std::vector<c10::IValue>& stack) {
  std::optional<c10::ScalarType> first;
  eachTensor(stack, 0, [&](const at::Tensor& tensor) {
    if (!first) first = tensor.scalar_type();
  });
  return first;
}

c10::ScalarType promotedDtype(const OperatorEntry& entry, const std::vector<c10::IValue>& stack) {
  at::native::ResultTypeState state;
  // The condition of `where` chooses and does not take part.
  const size_t first = entry.handle.schema().name() == "aten::where" ? 1 : 0;
  eachTensor(stack, first, [&](const at::Tensor& tensor) { state = at::native::update_result_type_state(tensor, state); });
  for (const int position : entry.scalars) {
    const auto& value = stack[position];
    if (value.isNone()) continue;
    state = at::native::update_result_type_state(isIntegral(value) ? c10::Scalar(0) : value.toScalar(), state);
  }
  return at::native::result_type(state);
}

// Nothing when the call has neither tensors nor a dtype, and its Scalars do not decide one.
std::optional<c10::ScalarType> dtypeOfCall(const OperatorEntry& entry, const std::vector<c10::IValue>& stack) {
  if (const auto dtype = requestedDtype(entry, stack)) return dtype;
  const auto first = firstDtype(stack);
  const bool decides = entry.scalarRule == ScalarRule::kCounted || entry.scalarRule == ScalarRule::kInferred;
  if (first ? entry.scalarRule >= ScalarRule::kCounted : !decides) return first;
  return promotedDtype(entry, stack);
}

[[noreturn]] void refuse(const OperatorEntry& entry, int position, const c10::IValue& value, c10::ScalarType dtype) {
  throw AddonError(ErrorCode::kRange,
                   "argument '" + entry.handle.schema().arguments()[position].name() + "': " + describeRefusal(value, dtype));
}

void settle(const OperatorEntry& entry, int position, c10::IValue& value, c10::ScalarType dtype) {
  const ScalarRule rule = entry.scalarRule;
  if (rule < ScalarRule::kStored && !c10::isIntegralType(dtype, /*includeBool=*/true)) return;
  if (rule == ScalarRule::kDivided && value.toDouble() != 0) return;
  // A Scalar that the operator may not compute with in this dtype is an int, and no narrower.
  if (rule == ScalarRule::kPromoted || rule == ScalarRule::kDivided) dtype = c10::ScalarType::Long;
  const auto rounded = roundedScalar(value, dtype);
  if (!rounded) refuse(entry, position, value, dtype);
  value = entry.arguments[position].kind == Kind::kFloat ? rounded->toScalar().toDouble() : *rounded;
}

}  // namespace

ScalarRule scalarRule(const std::string& name, const std::string& overload) {
  std::string_view base = name;
  if (base.substr(0, 6) != "aten::") return ScalarRule::kPromoted;
  base.remove_prefix(6);
  if (base.ends_with('_') && !base.ends_with("__")) base.remove_suffix(1);
  if (base == "arange") return ScalarRule::kCounted;
  if (base == "full") return ScalarRule::kInferred;
  if (contains(kStoring, base)) return ScalarRule::kStored;
  if (contains(kComputing, base)) return ScalarRule::kExact;
  // They compute in floating point whatever they are given.
  const bool isFloating =
      base == "float_power" || base == "true_divide" || ((base == "div" || base == "divide") && overload == "Scalar");
  return isFloating ? ScalarRule::kDivided : ScalarRule::kPromoted;
}

void settleScalars(const OperatorEntry& entry, std::vector<c10::IValue>& stack) {
  std::optional<c10::ScalarType> dtype;
  for (const int position : entry.scalars) {
    c10::IValue& value = stack[position];
    if (needsNoDtype(entry.scalarRule, value)) continue;
    if (!dtype) dtype = dtypeOfCall(entry, stack);
    if (!dtype) return;
    settle(entry, position, value, *dtype);
  }
}

}  // namespace earsight
