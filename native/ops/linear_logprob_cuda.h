// linear_logprob of CUDA tensors: products by cuBLAS for a chunk of rows at a time, and the steps between them by
// native/kernels/linear_logprob/cuda. A library built without CUDA has no such kernels.
#pragma once

#include <ATen/core/Tensor.h>

#include "../kernels/linear_logprob/targets.h"
#include "linear_logprob_inputs.h"

namespace earsight {

struct LogprobOutputs {
  at::Tensor logp, lse, entropy;  // [N], 0 at items that are left out
};

struct LogprobGradients {
  at::Tensor hidden, weight, bias;  // undefined where not wanted
};

#if EARSIGHT_CUDA

// Every dtype but float64.
bool cudaLogprobServes(const LogprobInputs& inputs);

// statistics: float [2, U], lse and entropy of the rows with targets, for backward.
void cudaLogprobForward(const LogprobInputs& inputs, const linear_logprob::Targets& targets, const LogprobOutputs& out,
                        const at::Tensor& statistics);

// upstream: gradients of the outputs, undefined where zero.
LogprobGradients cudaLogprobBackward(const LogprobInputs& inputs, const linear_logprob::Targets& targets,
                                     const at::Tensor& statistics, const LogprobOutputs& upstream, bool wantHidden,
                                     bool wantWeight, bool wantBias);

#else

inline bool cudaLogprobServes(const LogprobInputs&) { return false; }
inline void cudaLogprobForward(const LogprobInputs&, const linear_logprob::Targets&, const LogprobOutputs&,
                               const at::Tensor&) {}
inline LogprobGradients cudaLogprobBackward(const LogprobInputs&, const linear_logprob::Targets&, const at::Tensor&,
                                            const LogprobOutputs&, bool, bool, bool) {
  return {};
}

#endif

}  // namespace earsight
