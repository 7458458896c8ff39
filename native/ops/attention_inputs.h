// The arguments of earsight::av_attention, checked: what passes here fits together, and every message names the
// argument. Also the plan, built or opened and compared.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
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

  // The type of sums, lse and mass.
  at::ScalarType working() const { return q.scalar_type() == at::kDouble ? at::kDouble : at::kFloat; }
};

AttentionInputs readAttentionInputs(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                    const at::Tensor& nodes, const OptionalTensor& modality,
                                    const OptionalTensor& queryModality, const OptionalTensor& cos,
                                    const OptionalTensor& sin, const OptionalTensor& keyCos,
                                    const OptionalTensor& keySin, const OptionalTensor& plan,
                                    std::optional<double> scale);

// The view of a plan's words; they must be an int64 tensor that came from buildPlanTensor.
attention::Plan openPlanTensor(std::string_view op, const at::Tensor& plan);

// The view of a call's own plan, which may have been written to since the call was checked: backward comes later.
attention::Plan planOf(const AttentionInputs& inputs);

at::Tensor buildPlanTensor(std::string_view op, const at::Tensor& nodes, const OptionalTensor& modality,
                           const OptionalTensor& queryModality, int64_t tq, int64_t tk,
                           int64_t tileRows = attention::kTileRows);

}  // namespace earsight
