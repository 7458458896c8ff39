// av_attention of CUDA tensors by native/kernels/attention/cuda. A library built without CUDA has no such kernels.
#pragma once

#include <tuple>

#include "attention_inputs.h"

namespace earsight {

struct CudaBackward {
  at::Tensor out, lse, mass;     // of forward
  at::Tensor dOut, dLse, dMass;  // dLse, dMass undefined where they are zero
};

#if EARSIGHT_CUDA

// bfloat16 or half on a device of compute capability 8.0 or higher, widths that are multiples of 8 up to 128.
bool cudaKernelServes(const AttentionInputs& inputs);

// Writes all of out [Tq, Hq, Dv] of q's dtype, lse [Hq, Tq] and, where it is defined, mass [Hq, Tq, 8], float32.
void cudaForward(const AttentionInputs& inputs, const at::Tensor& out, const at::Tensor& lse, const at::Tensor& mass);

// -> dq, dk, dv
std::tuple<at::Tensor, at::Tensor, at::Tensor> cudaBackward(const AttentionInputs& inputs, const CudaBackward& given);

#else

inline bool cudaKernelServes(const AttentionInputs&) { return false; }
inline void cudaForward(const AttentionInputs&, const at::Tensor&, const at::Tensor&, const at::Tensor&) {}
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> cudaBackward(const AttentionInputs&, const CudaBackward&) {
  return {};
}

#endif

}  // namespace earsight
