// JavaScript's numbers and integers in a dtype, rounded once. An integer dtype refuses fractions, NaN, infinities,
// values out of its range, and numbers beyond 2^53, which may stand for their neighbours.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <optional>
#include <string>

namespace earsight {

// Writes the values of type `from` at `source` into the contiguous CPU tensor. Returns the position of the first
// value that the tensor's dtype refuses, if any.
std::optional<size_t> convertValues(const void* source, c10::ScalarType from, at::Tensor& target);

// The int or double as `dtype` holds it; std::nullopt when it refuses it. Unchanged for bool, and for dtypes that have
// no conversion.
std::optional<c10::IValue> roundedScalar(const c10::IValue& value, c10::ScalarType dtype);

// Why an integer dtype refuses the value.
std::string describeRefusal(const c10::IValue& value, c10::ScalarType dtype);
std::string describeRefusal(const void* source, c10::ScalarType from, size_t position, c10::ScalarType dtype);

}  // namespace earsight
