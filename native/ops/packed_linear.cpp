// earsight::pack_linear, pack_gated, packed_linear and packed_gated: products of few rows with packed weights
// (native/kernels/decode) as operators. They have no gradient.
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include "../kernels/decode/engine.h"
#include "packed_inputs.h"
#include "packed_weights.h"
#include "results.h"
#include "torch_parallel.h"
#include "values.h"

namespace earsight {

namespace {

using decode::kPanel;
using OptionalDtype = std::optional<at::ScalarType>;

int64_t panelsOf(int64_t outputs) { return (outputs + kPanel - 1) / kPanel; }

// A matrix to pack: [outputs, inputs]. Its gradient is not asked for: the packed weights are a copy.
void checkWeight(const char* op, const char* name, const at::Tensor& weight) {
  checkPackedInput(op, name, weight.detach());
  TORCH_CHECK_VALUE(weight.dim() == 2 && weight.size(0) > 0 && weight.size(1) > 0, op, ": ", name,
                    ": expected shape [outputs, inputs] with at least one of each, got ", weight.sizes());
}

at::Tensor pack(decode::Storage storage, int64_t outputs, const std::vector<at::Tensor>& parts,
                const OutputSource& sourceOf) {
  const int64_t inputs = parts[0].size(1);
  const decode::PackedMatrix matrix{storage, outputs, inputs, nullptr};
  const at::Tensor packed = at::empty({matrix.panels(), inputs, kPanel}, parts[0].options().dtype(dtypeOf(storage)));
  if (!packed.is_meta()) {
    packWeights(matrix, static_cast<std::byte*>(packed.mutable_data_ptr()), parts, sourceOf, torchParallel());
  }
  return packed;
}

at::Tensor packLinear(const at::Tensor& weight, OptionalDtype dtype) {
  constexpr const char* op = "pack_linear";
  checkWeight(op, "weight", weight);
  return pack(storageOf(op, weight, dtype), weight.size(0), {weight},
              [](int64_t output) { return std::pair<int, int64_t>(0, output); });
}

at::Tensor packGated(const at::Tensor& gate, const at::Tensor& up, OptionalDtype dtype) {
  constexpr const char* op = "pack_gated";
  checkWeight(op, "gate", gate);
  checkWeight(op, "up", up);
  TORCH_CHECK_TYPE(up.scalar_type() == gate.scalar_type(), op, ": up: expected gate's dtype ", gate.scalar_type(),
                   ", got ", up.scalar_type());
  TORCH_CHECK_VALUE(up.device() == gate.device(), op, ": up: expected gate's device ", gate.device(), ", got ",
                    up.device());
  TORCH_CHECK_VALUE(up.sizes() == gate.sizes(), op, ": up: expected gate's shape ", gate.sizes(), ", got ", up.sizes());
  return pack(storageOf(op, gate, dtype), gatedOutputs(gate.size(0)), {gate, up}, gatedSource(gate.size(0)));
}

// x's rows times weights: body(rows, y) computes [rows, outputs] in float32. -> [..., outputs] in x's dtype
template <typename Body>
at::Tensor product(const char* op, const at::Tensor& x, const PackedWeights& weights, int64_t outputs, const Body& body) {
  const at::Tensor rows = readRows(op, "x", x, weights.matrix.inputs);
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = outputs;
  if (x.is_meta()) return at::empty(shape, x.options());
  const at::Tensor y = emptyResult(shape, rows.options());
  if (y.numel() > 0) body(rows, y.mutable_data_ptr<float>());
  return y.to(x.scalar_type());
}

const decode::Engine& engine() { return decode::exactEngineFor(chosenIsa()); }

at::Tensor packedLinear(const at::Tensor& x, const at::Tensor& packed, int64_t outputs,
                        const std::optional<at::Tensor>& bias) {
  constexpr const char* op = "packed_linear";
  checkPackedInput(op, "x", x);
  PackedWeights weights = readPackedWeights(op, packed, outputs, panelsOf(outputs), x);
  weights.matrix.outputs = outputs;
  at::Tensor added;
  if (bias.has_value() && bias->defined()) {
    checkPackedInput(op, "bias", *bias);
    TORCH_CHECK_VALUE(bias->dim() == 1 && bias->size(0) == outputs, op, ": bias: expected shape [", outputs, "], got ",
                      bias->sizes());
    TORCH_CHECK_VALUE(bias->device() == x.device(), op, ": bias: expected x's device ", x.device(), ", got ",
                      bias->device());
    added = bias->is_meta() ? *bias : contiguousValues(bias->detach().to(at::kFloat));
  }
  return product(op, x, weights, outputs, [&](const at::Tensor& rows, float* y) {
    engine().product(weights.matrix, rows.const_data_ptr<float>(), rows.size(0), valuesOrNull<float>(added), y,
                     torchParallel());
  });
}

at::Tensor packedGated(const at::Tensor& x, const at::Tensor& packed, int64_t outputs) {
  constexpr const char* op = "packed_gated";
  checkPackedInput(op, "x", x);
  const PackedWeights weights = readPackedWeights(op, packed, outputs, 2 * panelsOf(outputs), x);
  return product(op, x, weights, outputs, [&](const at::Tensor& rows, float* y) {
    engine().gated(weights.matrix, rows.const_data_ptr<float>(), rows.size(0), outputs, y, torchParallel());
  });
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) {
  m.impl("pack_linear", packLinear);
  m.impl("pack_gated", packGated);
  m.impl("packed_linear", packedLinear);
  m.impl("packed_gated", packedGated);
}

}  // namespace earsight
