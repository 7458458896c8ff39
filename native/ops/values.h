// Tensors whose memory holds their values, for kernels that read raw pointers: a lazy zero (the gradient of sgn) has no
// memory, and a negated view has that of the tensor it negates. Elsewhere libtorch resolves both; operators that are
// made of others are called before it does.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/resolve_neg.h>

namespace earsight {

inline at::Tensor withValues(const at::Tensor& x) {
  const at::Tensor resolved = x.resolve_neg();
  return resolved._is_zerotensor() ? resolved.clone() : resolved;
}

inline at::Tensor contiguousValues(const at::Tensor& x) { return withValues(x).contiguous(); }

}  // namespace earsight
