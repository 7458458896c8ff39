// av_attention with a dense mask, put together from ATen operators: the definition written down, differentiable to any
// order, on any device. It serves what no kernel does (second derivatives, widths above 256, devices without kernels)
// and is what kernels are compared with (EARSIGHT_AV_ATTENTION=dense).
#pragma once

#include <tuple>

#include "attention_inputs.h"

namespace earsight {

// out [Tq, Hq, Dv] of q's dtype, lse [Hq, Tq] and mass [Hq, Tq, 8] of the sums' dtype.
std::tuple<at::Tensor, at::Tensor, at::Tensor> denseAttention(const AttentionInputs& inputs);

}  // namespace earsight
