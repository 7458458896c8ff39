// Checks the arguments of earsight::linear_logprob; every message names the argument.
#pragma once

#include "head_inputs.h"

namespace earsight {

struct LogprobInputs : HeadInputs {
  // int64 [N], contiguous, on the CPU (or on meta, where hidden is). rows may be undefined: item i belongs to row i.
  at::Tensor target, rows;
  int64_t ignoreIndex;
};

LogprobInputs readLogprobInputs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& target,
                                const std::optional<at::Tensor>& rows, const std::optional<at::Tensor>& bias,
                                double temperature, int64_t ignoreIndex);

}  // namespace earsight
