#include "linear_logprob_cuda.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DeviceGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>

#include "../kernels/linear_logprob/cuda/rows.h"
#include "float_product.h"
#include "values.h"

namespace earsight {

namespace {

// The number of logits that exist at once: 256 MiB.
constexpr int64_t kLogits = int64_t{1} << 26;

linear_logprob::Element elementOf(at::ScalarType dtype) {
  switch (dtype) {
    case at::kBFloat16: return linear_logprob::Element::kBFloat16;
    case at::kHalf: return linear_logprob::Element::kHalf;
    default: return linear_logprob::Element::kFloat;
  }
}

void addProductInFloat(at::Tensor& sum, const at::Tensor& a, const at::Tensor& b) {
  if (!sum.defined()) {
    sum = productIn(at::kFloat, a, b);
  } else if (a.scalar_type() == at::kFloat) {
    sum.addmm_(a, b);
  } else {
    at::addmm_out(sum, sum, a, b, at::kFloat);
  }
}

// The targets on the device, and the chunks of rows of a call.
class Chunks {
 public:
  Chunks(const LogprobInputs& inputs, const linear_logprob::Targets& targets)
      : guard_(inputs.hidden.device()),
        stream_(c10::cuda::getCurrentCUDAStream(inputs.hidden.device().index()).stream()),
        inputs_(inputs),
        targets_(targets),
        rows(onDevice(targets.row)),
        first(onDevice(targets.first)),
        token(onDevice(targets.token)),
        item(onDevice(targets.item)),
        bias_(inputs.bias.defined() ? contiguousValues(inputs.bias.to(at::kFloat)) : at::Tensor()) {}

  // body(first row, number of rows, their hidden states, their logits, their targets)
  template <typename Body>
  void each(const Body& body) const {
    const int64_t vocabulary = inputs_.weight.size(0);
    const int64_t size = std::max<int64_t>(1, kLogits / vocabulary);
    for (int64_t from = 0; from < targets_.rows(); from += size) {
      const int64_t count = std::min(size, targets_.rows() - from);
      const at::Tensor hidden = inputs_.hidden.index_select(0, rows.narrow(0, from, count));
      const at::Tensor logits = productIn(at::kFloat, hidden, inputs_.weight.t());
      const linear_logprob::cuda::Logits view{logits.const_data_ptr<float>(), count, vocabulary,
                                              bias_.defined() ? bias_.const_data_ptr<float>() : nullptr,
                                              static_cast<float>(1 / inputs_.temperature)};
      body(from, count, hidden, view,
           linear_logprob::cuda::RowTargets{first.const_data_ptr<int64_t>() + from, token.const_data_ptr<int64_t>()});
    }
  }

  // Which row (of those with targets) each target belongs to.
  at::Tensor rowOfTarget() const {
    std::vector<int64_t> row(targets_.token.size());
    for (int64_t u = 0; u < targets_.rows(); ++u) {
      std::fill(row.begin() + targets_.first[u], row.begin() + targets_.first[u + 1], u);
    }
    return onDevice(row);
  }

  void* stream() const { return stream_; }

 private:
  c10::DeviceGuard guard_;
  cudaStream_t stream_;
  const LogprobInputs& inputs_;
  const linear_logprob::Targets& targets_;

 public:
  const at::Tensor rows, first, token, item;  // int64

 private:
  at::Tensor onDevice(const std::vector<int64_t>& values) const {
    const auto size = static_cast<int64_t>(values.size());
    return at::from_blob(const_cast<int64_t*>(values.data()), {size}, at::kLong)
        .to(inputs_.hidden.device(), /*non_blocking=*/false, /*copy=*/true);
  }

  at::Tensor bias_;
};

}  // namespace

bool cudaLogprobServes(const LogprobInputs& inputs) {
  return inputs.hidden.is_cuda() && inputs.hidden.scalar_type() != at::kDouble;
}

void cudaLogprobForward(const LogprobInputs& inputs, const linear_logprob::Targets& targets, const LogprobOutputs& out,
                        const at::Tensor& statistics) {
  const Chunks chunks(inputs, targets);
  const at::Tensor lse = statistics[0], entropy = statistics[1];
  const at::Tensor logp = at::empty({targets.count()}, statistics.options());
  chunks.each([&](int64_t from, int64_t, const at::Tensor&, const auto& logits, const auto& rowTargets) {
    linear_logprob::cuda::statistics(logits, rowTargets,
                                     {lse.mutable_data_ptr<float>() + from, entropy.mutable_data_ptr<float>() + from,
                                      logp.mutable_data_ptr<float>()},
                                     chunks.stream());
  });
  const at::Tensor row = chunks.rowOfTarget();
  out.logp.index_copy_(0, chunks.item, logp);
  out.lse.index_copy_(0, chunks.item, lse.index_select(0, row));
  out.entropy.index_copy_(0, chunks.item, entropy.index_select(0, row));
}

LogprobGradients cudaLogprobBackward(const LogprobInputs& inputs, const linear_logprob::Targets& targets,
                                     const at::Tensor& statistics, const LogprobOutputs& upstream, bool wantHidden,
                                     bool wantWeight, bool wantBias) {
  const Chunks chunks(inputs, targets);
  const auto& [hidden, weight] = std::tie(inputs.hidden, inputs.weight);
  const auto perTarget = [&](const at::Tensor& gradient) {
    return gradient.defined() ? gradient.index_select(0, chunks.item) : gradient;
  };
  const at::Tensor dLogp = perTarget(upstream.logp), dLse = perTarget(upstream.lse),
                   dEntropy = perTarget(upstream.entropy);
  const auto data = [](const at::Tensor& x) { return x.defined() ? x.const_data_ptr<float>() : nullptr; };
  LogprobGradients out;
  if (wantHidden) out.hidden = at::zeros(hidden.sizes(), hidden.options());
  if (wantBias) out.bias = at::zeros(inputs.bias.sizes(), statistics.options());
  at::Tensor weightSum;
  chunks.each([&](int64_t from, int64_t count, const at::Tensor& states, const auto& logits, const auto& rowTargets) {
    const at::Tensor dz = at::empty({count, weight.size(0)}, hidden.options());
    linear_logprob::cuda::gradient(
        logits, rowTargets,
        {statistics[0].const_data_ptr<float>() + from, statistics[1].const_data_ptr<float>() + from, data(dLogp),
         data(dLse), data(dEntropy)},
        elementOf(hidden.scalar_type()), dz.mutable_data_ptr(), chunks.stream());
    if (wantHidden) out.hidden.index_copy_(0, chunks.rows.narrow(0, from, count), at::mm(dz, weight));
    if (wantWeight) addProductInFloat(weightSum, dz.t(), states);
    // The bias is added before the temperature, like the product, so its gradient is the sum of dz.
    if (wantBias) out.bias.add_(dz.sum(0, /*keepdim=*/false, at::kFloat));
  });
  if (wantWeight) {
    out.weight = weightSum.defined() ? weightSum.to(weight.scalar_type()) : at::zeros(weight.sizes(), weight.options());
  }
  return out;
}

}  // namespace earsight
