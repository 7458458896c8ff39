// One resolved operator: its libtorch handle and the argument kinds that the wire format needs,
// worked out once from the schema.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/function_schema.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "scalars.h"
#include "wire_codes.generated.h"

namespace earsight {

struct ArgumentType {
  Kind kind;
  bool optional = false;         // the value itself may be None
  bool list = false;
  bool elementOptional = false;  // Tensor?[]
};

// std::nullopt when the wire format has no such kind (Dict, Storage, Stream, ...).
std::optional<ArgumentType> argumentType(const c10::TypePtr& type);

// The signatures of most small operators, callable without boxing (35 ns of a 500 ns addition).
using UnaryOperator = c10::TypedOperatorHandle<at::Tensor(const at::Tensor&)>;
using BinaryOperator = c10::TypedOperatorHandle<at::Tensor(const at::Tensor&, const at::Tensor&)>;
using ScaledOperator = c10::TypedOperatorHandle<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Scalar&)>;

struct OperatorEntry {
  c10::OperatorHandle handle;
  std::vector<ArgumentType> arguments;
  std::vector<std::optional<c10::IValue>> defaults;
  std::vector<int> resultAliases;  // by result: index of the argument that an in-place result is, or -1
  std::vector<size_t> written;     // arguments that the schema says it writes to
  bool tensorsOnly = false;        // every result is a plain Tensor: untagged fast path
  std::vector<int> scalars;        // positions of arguments that scalars.h converts
  ScalarRule scalarRule = ScalarRule::kPromoted;
  int dtypePosition = -1;
  std::variant<std::monostate, UnaryOperator, BinaryOperator, ScaledOperator> unboxed;
};

// Why this schema cannot be called, or an empty string.
std::string reasonNotCallable(const c10::FunctionSchema& schema);
OperatorEntry makeEntry(const c10::OperatorHandle& handle);

}  // namespace earsight
