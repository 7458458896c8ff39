// The definition of earsight::linear_logprob in ATen operators, with all logits at once. Used on devices without kernels,
// and for second derivatives.
#pragma once

#include <torch/csrc/autograd/variable.h>

#include <tuple>

#include "linear_logprob_inputs.h"

namespace earsight {

// -> logp, lse, entropy [N] in the working dtype; 0 at ignored items
std::tuple<at::Tensor, at::Tensor, at::Tensor> denseLogprob(const LogprobInputs& inputs);

// Gradients of hidden, weight and bias (undefined where not required) with a graph of their own.
torch::autograd::variable_list denseLogprobGradient(const LogprobInputs& inputs,
                                                    const torch::autograd::variable_list& upstream);

}  // namespace earsight
