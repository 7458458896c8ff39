// Tensors whose memory holds their values, for kernels that read raw pointers. A lazy zero (the gradient of sgn) has no
// memory, and a negated view has the memory of the tensor that it negates. libtorch resolves both for its own kernels, but
// not for composite operators like ours.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/resolve_neg.h>

#include <string_view>

namespace earsight {

inline at::Tensor withValues(const at::Tensor& x) {
  const at::Tensor resolved = x.resolve_neg();
  return resolved._is_zerotensor() ? resolved.clone() : resolved;
}

inline at::Tensor contiguousValues(const at::Tensor& x) { return withValues(x).contiguous(); }

// An argument may lie on `meta` only where the operator's first argument does.
inline void checkHasValues(std::string_view op, const char* name, const at::Tensor& x, at::Device first) {
  TORCH_CHECK_VALUE(!x.is_meta() || first.is_meta(), op, ": ", name, ": expected a tensor with values, got one on meta");
}

// The values of an argument that the host reads, dense on the CPU; an argument on `meta` is returned as it is.
inline at::Tensor hostValues(std::string_view op, const char* name, const at::Tensor& x, at::Device first) {
  checkHasValues(op, name, x, first);
  return x.is_meta() ? x : contiguousValues(x.cpu());
}

inline bool hasValues(const at::Tensor& x) { return x.defined() && !x.is_meta(); }

// Of a dense tensor on the CPU, each value of which must fit; `expected` in words.
template <class T, class Fits>
void checkValues(std::string_view op, const char* name, const at::Tensor& x, const char* expected, const Fits& fits) {
  if (!hasValues(x)) return;
  const T* values = x.const_data_ptr<T>();
  for (int64_t i = 0; i < x.numel(); ++i) {
    TORCH_CHECK_VALUE(fits(values[i]), op, ": ", name, ": expected ", expected, ", got ", values[i], " at ", i);
  }
}

template <class T>
const T* valuesOrNull(const at::Tensor& x) {
  return hasValues(x) ? x.const_data_ptr<T>() : nullptr;
}

}  // namespace earsight
