// Checks the arguments of earsight::av_attention; every message names the argument. Builds the plan, or opens a given one
// and compares it.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <stdexcept>
#include <string_view>

#include "../kernels/attention/problem.h"

namespace earsight {

using OptionalTensor = std::optional<at::Tensor>;

struct AttentionInputs {
  at::Tensor q, k, v;                   // [Tq, Hq, D], [Tk, Hk, D], [Tk, Hk, Dv]
  at::Tensor nodes;                     // int64 [N, 8], contiguous, on the CPU
  at::Tensor modality, queryModality;   // uint8, contiguous, on the CPU (or on meta, where q is), or undefined
  at::Tensor cos, sin, keyCos, keySin;  // of the sums' dtype, contiguous, on q's device; all four or none
  at::Tensor plan;                      // int64 words; may be undefined where q is on meta
  double scale;
  at::Tensor keyEnd = {};               // int64 [Tq], contiguous, on q's device, or undefined

  // The type of sums, lse and mass.
  at::ScalarType working() const { return q.scalar_type() == at::kDouble ? at::kDouble : at::kFloat; }
};

AttentionInputs readAttentionInputs(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                    const at::Tensor& nodes, const OptionalTensor& modality,
                                    const OptionalTensor& queryModality, const OptionalTensor& cos,
                                    const OptionalTensor& sin, const OptionalTensor& keyCos,
                                    const OptionalTensor& keySin, const OptionalTensor& plan,
                                    std::optional<double> scale, const OptionalTensor& keyEnd);

// [Tq, Hq, D], [Tk, Hk, D], [Tk, Hk, Dv] of one dtype and device; Hq is a multiple of Hk.
void checkAttentionTensors(std::string_view op, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

// Checks shape, dtype and device only: reading the nodes, building or comparing a plan checks the contents.
at::Tensor readNodesTensor(std::string_view op, const at::Tensor& nodes);

// Undefined where it is not given.
at::Tensor readModality(std::string_view op, const char* name, const OptionalTensor& modality, int64_t rows,
                        at::Device first);

// Kernels do not use torch: converts their exceptions to ValueErrors.
template <typename Call>
auto translated(std::string_view op, const Call& call) {
  try {
    return call();
  } catch (const std::invalid_argument& error) {
    TORCH_CHECK_VALUE(false, op, ": ", error.what());
  }
}

// The view of a plan's words, an int64 tensor that buildPlanTensor returned.
attention::Plan openPlanTensor(std::string_view op, const at::Tensor& plan);

// The view of a call's plan. Checks it again: the tensor may have been written to between forward and backward.
attention::Plan planOf(const AttentionInputs& inputs);

at::Tensor buildPlanTensor(std::string_view op, const at::Tensor& nodes, const OptionalTensor& modality,
                           const OptionalTensor& queryModality, int64_t tq, int64_t tk,
                           int64_t tileRows = attention::kTileRows);

}  // namespace earsight
