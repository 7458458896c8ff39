// Checks the arguments of earsight::linear_logprob; every message names the argument.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace earsight {

struct LogprobInputs {
  at::Tensor hidden, weight;  // [Nh, H], [V, H]
  at::Tensor bias;            // [V] or undefined
  // int64 [N], contiguous, on the CPU (or on meta, where hidden is). rows may be undefined: item i belongs to row i.
  at::Tensor target, rows;
  double temperature;
  int64_t ignoreIndex;

  // The type of sums and results.
  at::ScalarType working() const { return hidden.scalar_type() == at::kDouble ? at::kDouble : at::kFloat; }
};

LogprobInputs readLogprobInputs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& target,
                                const std::optional<at::Tensor>& rows, const std::optional<at::Tensor>& bias,
                                double temperature, int64_t ignoreIndex);

}  // namespace earsight
