// av_attention with a dense mask from ATen operators: the definition, differentiable to any order, on any device. Used
// where no kernel is (second derivatives, widths above 256, devices without kernels), and as the reference that kernels are
// compared with (EARSIGHT_AV_ATTENTION=dense).
#pragma once

#include <tuple>

#include "attention_inputs.h"

namespace earsight {

// out [Tq, Hq, Dv] of q's dtype, lse [Hq, Tq] and mass [Hq, Tq, 8] of the sums' dtype.
std::tuple<at::Tensor, at::Tensor, at::Tensor> denseAttention(const AttentionInputs& inputs);

}  // namespace earsight
