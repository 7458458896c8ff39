// Checks the arguments that operators over an output head share; every message names operator and argument.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <span>
#include <string_view>

namespace earsight {

struct HeadInputs {
  at::Tensor hidden, weight;  // [Nh, H], [V, H]
  at::Tensor bias;            // [V] or undefined
  double temperature;

  // The type of sums and results.
  at::ScalarType working() const { return hidden.scalar_type() == at::kDouble ? at::kDouble : at::kFloat; }
};

HeadInputs readHeadInputs(std::string_view op, const at::Tensor& hidden, const at::Tensor& weight,
                          const std::optional<at::Tensor>& bias, double temperature);

// int64 [N] on the CPU, where they are checked; on meta where `first` is.
at::Tensor readIndices(std::string_view op, const char* name, const at::Tensor& indices, at::Device first);

// None of indices on meta.
std::span<const int64_t> indexValues(const at::Tensor& indices);

// Indices of rows of `hidden`.
at::Tensor readHiddenRows(std::string_view op, const char* name, const at::Tensor& rows, const at::Tensor& hidden);

}  // namespace earsight
