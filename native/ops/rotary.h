// Rotary position embedding, half-split convention (x1 = first half of the head, x2 = second half), as one
// differentiable step: its adjoint is the rotation by the opposite angle, so nothing of size x is saved.
#pragma once

#include <ATen/core/Tensor.h>

namespace earsight {

// x [T, H, D], cos and sin [T, D/2] of x's dtype on x's device -> [T, H, D]: (x1 cos - x2 sin, x2 cos + x1 sin).
// Differentiable in x only. A factor common to both tables scales the result.
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);

}  // namespace earsight
