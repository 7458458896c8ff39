#include "dense_attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/zeros.h>

#include <limits>

namespace earsight {

namespace {

// bool [Tq, Tk] on the CPU: which query sees which key.
at::Tensor visibility(const attention::Plan& plan, int64_t tq, int64_t tk) {
  at::Tensor visible = at::zeros({tq, tk}, at::kBool);
  bool* cells = visible.mutable_data_ptr<bool>();
  for (const attention::Pair& pair : plan.pairs) {
    const attention::Tile& tile = plan.tiles[pair.tile];
    const attention::Block& block = plan.blocks[pair.block];
    for (int64_t r = 0; r < tile.rows; ++r) {
      const uint64_t word = plan.mask(pair, r);
      bool* row = cells + plan.rows[tile.firstRow + r] * tk + block.key;
      for (int64_t j = 0; j < block.keys; ++j) row[j] = word >> j & 1;
    }
  }
  return visible;
}

// x [T, H, D] rotated by tables [T, D/2], half-split convention.
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  if (!cos.defined()) return x;
  const int64_t half = x.size(2) / 2;
  const at::Tensor x1 = x.narrow(2, 0, half), x2 = x.narrow(2, half, half), c = cos.unsqueeze(1), s = sin.unsqueeze(1);
  return at::cat({x1 * c - x2 * s, x2 * c + x1 * s}, 2);
}

}  // namespace

std::tuple<at::Tensor, at::Tensor, at::Tensor> denseAttention(const AttentionInputs& inputs) {
  constexpr double kLowest = -std::numeric_limits<double>::infinity();
  const auto working = inputs.working();
  const int64_t tq = inputs.q.size(0), tk = inputs.k.size(0), group = inputs.q.size(1) / inputs.k.size(1);
  at::Tensor hidden =
      visibility(openPlanTensor("av_attention", inputs.plan), tq, tk).logical_not().to(inputs.q.device());
  if (inputs.keyEnd.defined()) {
    const at::Tensor keys = at::arange(tk, inputs.keyEnd.options());
    hidden = hidden.logical_or(keys.ge(inputs.keyEnd.unsqueeze(1)));
  }
  const auto perHead = [&](const at::Tensor& x) { return x.repeat_interleave(group, 1).transpose(0, 1); };
  const at::Tensor query = rotate(inputs.q.to(working) * inputs.scale, inputs.cos, inputs.sin).transpose(0, 1);
  const at::Tensor key = perHead(rotate(inputs.k.to(working), inputs.keyCos, inputs.keySin));
  const at::Tensor scores = at::matmul(query, key.transpose(1, 2)).masked_fill(hidden, kLowest);
  const at::Tensor lse = at::logsumexp(scores, {-1});
  // For rows that see nothing, exp(-inf - 0) = 0.
  const at::Tensor weights = (scores - lse.masked_fill(lse == kLowest, 0).unsqueeze(-1)).exp();
  const at::Tensor modality = inputs.modality.defined() ? inputs.modality : at::zeros({tk}, at::kByte);
  const at::Tensor columns = at::one_hot(modality.to(at::kLong), attention::kModalities).to(weights.options());
  // Keys that no query sees may hold any value, and 0 times NaN is NaN.
  const at::Tensor value = inputs.v.to(working).masked_fill(hidden.all(0).view({tk, 1, 1}), 0);
  const at::Tensor out = at::matmul(weights, perHead(value)).transpose(0, 1).to(inputs.q.scalar_type()).contiguous();
  return {out, lse, at::matmul(weights, columns)};
}

}  // namespace earsight
