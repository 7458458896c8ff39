// Products of narrow floats with sums, and a result, in a wider dtype.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/mm.h>

namespace earsight {

// a b in `working`, without rounding to the operands' dtype.
inline at::Tensor productIn(at::ScalarType working, const at::Tensor& a, const at::Tensor& b) {
  if (a.scalar_type() == working) return at::mm(a, b);
  // Of PyTorch's devices CUDA alone multiplies into a wider result.
  return a.is_cuda() ? at::mm(a, b, working) : at::mm(a.to(working), b.to(working));
}

}  // namespace earsight
