// The tensors of an output head as kernels take them.
#pragma once

#include "../kernels/linear_logprob/problem.h"
#include "head_inputs.h"
#include "values.h"

namespace earsight {

inline linear_logprob::Element elementOf(at::ScalarType dtype) {
  switch (dtype) {
    case at::kBFloat16: return linear_logprob::Element::kBFloat16;
    case at::kHalf: return linear_logprob::Element::kHalf;
    case at::kDouble: return linear_logprob::Element::kDouble;
    default: return linear_logprob::Element::kFloat;
  }
}

inline at::Tensor innermostDense(const at::Tensor& tensor) {
  const at::Tensor x = withValues(tensor);
  return x.stride(-1) == 1 || x.size(-1) == 1 ? x : x.contiguous();
}

// A head over `states`, hidden states of the head's dtype and width. The tensors that a Head points into must outlive it.
struct HeadTensors {
  HeadTensors(const HeadInputs& inputs, const at::Tensor& states)
      : hidden(innermostDense(states)),
        weight(innermostDense(inputs.weight)),
        bias(inputs.bias.defined() ? contiguousValues(inputs.bias.to(inputs.working())) : at::Tensor()),
        head{elementOf(hidden.scalar_type()),
             hidden.size(1),
             weight.size(0),
             hidden.const_data_ptr(),
             hidden.stride(0),
             weight.const_data_ptr(),
             weight.stride(0),
             bias.defined() ? bias.const_data_ptr() : nullptr,
             inputs.temperature} {}
  at::Tensor hidden, weight, bias;
  linear_logprob::Head head;
};

}  // namespace earsight
