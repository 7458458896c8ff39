// earsight::linear_logprob: the torch operator of native/kernels/linear_logprob, with gradients.
#include "../kernels/linear_logprob/linear_logprob.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "dense_logprob.h"
#include "head_tensors.h"
#include "linear_logprob_cuda.h"
#include "linear_logprob_inputs.h"
#include "results.h"
#include "torch_parallel.h"
#include "values.h"

namespace earsight {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const void* dataOrNull(const at::Tensor& x) { return x.defined() ? x.const_data_ptr() : nullptr; }

linear_logprob::Targets targetsOf(const LogprobInputs& inputs) {
  return linear_logprob::groupTargets(inputs.target.const_data_ptr<int64_t>(),
                                      inputs.rows.defined() ? inputs.rows.const_data_ptr<int64_t>() : nullptr,
                                      inputs.target.size(0), inputs.hidden.size(0), inputs.ignoreIndex);
}

// What forward saves for backward besides its statistics.
struct SaveOptions {
  bool mean, logits;
};

// The tensors behind linear_logprob::Saved.
struct SavedTensors {
  at::Tensor statistics, mean;  // [2, U], [U, paddedWidth]
  at::Tensor values, base;      // of linear_logprob::SavedTiles

  SavedTensors() = default;
  SavedTensors(const LogprobInputs& inputs, const linear_logprob::Targets& targets)
      : statistics(at::empty({2, targets.rows()}, inputs.hidden.options().dtype(inputs.working()))) {}
  explicit SavedTensors(const at::Tensor* list)
      : statistics(list[0]), mean(list[1]), values(list[2]), base(list[3]) {}

  void allocate(const LogprobInputs& inputs, const linear_logprob::Targets& targets, SaveOptions save) {
    const int64_t rows = targets.rows(), vocabulary = inputs.weight.size(0);
    const at::TensorOptions options = statistics.options();
    if (save.mean) mean = at::empty({rows, linear_logprob::paddedWidth(inputs.hidden.size(1))}, options);
    if (!save.logits) return;
    values = emptyResult({vocabulary, rows}, inputs.hidden.options());
    base = at::empty({(vocabulary + linear_logprob::kTile - 1) / linear_logprob::kTile, rows}, options);
  }

  linear_logprob::Saved pointers() const {
    linear_logprob::Saved saved{statistics[0].mutable_data_ptr(), statistics[1].mutable_data_ptr(),
                                mean.defined() ? mean.mutable_data_ptr() : nullptr, {}};
    if (values.defined()) {
      saved.tiles = {static_cast<BFloat16*>(values.mutable_data_ptr()), base.mutable_data_ptr<float>(),
                    values.size(1)};
    }
    return saved;
  }
};

struct LinearLogprob : torch::autograd::Function<LinearLogprob> {
  // -> logp, lse, entropy [N]
  static variable_list forward(AutogradContext* ctx, const at::Tensor& hidden, const at::Tensor& weight,
                               const std::optional<at::Tensor>& bias, const LogprobInputs& inputs, SaveOptions save,
                               bool accumulateGrad) {
    ctx->set_materialize_grads(false);
    const at::TensorOptions options = hidden.options().dtype(inputs.working());
    const int64_t count = inputs.target.size(0);
    // Items that are left out keep the zeros.
    const LogprobOutputs out{at::zeros({count}, options), at::zeros({count}, options), at::zeros({count}, options)};
    const SavedTensors saved = hidden.is_meta() ? SavedTensors() : runForward(inputs, out, save);
    ctx->save_for_backward({hidden, weight, bias.value_or(at::Tensor()), inputs.target, inputs.rows, saved.statistics,
                            saved.mean, saved.values, saved.base});
    ctx->saved_data["temperature"] = inputs.temperature;
    ctx->saved_data["ignore_index"] = inputs.ignoreIndex;
    ctx->saved_data["accumulate_grad"] = accumulateGrad;
    return {out.logp, out.lse, out.entropy};
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const variable_list saved = ctx->get_saved_variables();
    const LogprobInputs inputs{{saved[0], saved[1], saved[2], ctx->saved_data["temperature"].toDouble()},
                               saved[3],
                               saved[4],
                               ctx->saved_data["ignore_index"].toInt()};
    const variable_list result = at::GradMode::is_enabled() ? denseLogprobGradient(inputs, grads)
                                                            : gradient(ctx, inputs, SavedTensors(&saved[5]), grads);
    return {result[0], result[1], result[2], {}, {}, {}};
  }

 private:
  static SavedTensors runForward(const LogprobInputs& inputs, const LogprobOutputs& out, SaveOptions save) {
    const linear_logprob::Targets targets = targetsOf(inputs);
    SavedTensors saved(inputs, targets);
    if (cudaLogprobServes(inputs)) {
      cudaLogprobForward(inputs, targets, out, saved.statistics);
      return saved;
    }
    saved.allocate(inputs, targets, save);
    const HeadTensors tensors(inputs, inputs.hidden);
    linear_logprob::forward(linear_logprob::engineFor(tensors.head.element, chosenIsa()), tensors.head, targets,
                            {out.logp.mutable_data_ptr(), out.lse.mutable_data_ptr(), out.entropy.mutable_data_ptr()},
                            saved.pointers(), torchParallel());
    return saved;
  }

  static variable_list gradient(AutogradContext* ctx, const LogprobInputs& inputs, const SavedTensors& saved,
                                const variable_list& grads) {
    LogprobOutputs upstream;
    for (const auto& [to, from] : {std::pair(&upstream.logp, &grads[0]), std::pair(&upstream.lse, &grads[1]),
                                   std::pair(&upstream.entropy, &grads[2])}) {
      if (from->defined()) *to = contiguousValues(*from);
    }
    const bool wantWeight = ctx->needs_input_grad(1), wantBias = inputs.bias.defined() && ctx->needs_input_grad(2);
    const bool direct = wantWeight && ctx->saved_data["accumulate_grad"].toBool();
    at::Tensor grad;
    if (direct) grad = gradOf(inputs.weight);
    LogprobGradients found;
    if (cudaLogprobServes(inputs)) {
      found = cudaLogprobBackward(inputs, targetsOf(inputs), saved.statistics, upstream, ctx->needs_input_grad(0),
                                  wantWeight, wantBias);
      if (direct) grad.add_(found.weight);
    } else {
      if (ctx->needs_input_grad(0)) found.hidden = at::empty(inputs.hidden.sizes(), inputs.hidden.options());
      if (wantWeight) found.weight = direct ? grad : emptyResult(inputs.weight.sizes(), inputs.weight.options());
      if (wantBias) found.bias = at::empty(inputs.bias.sizes(), inputs.bias.options().dtype(inputs.working()));
      if (!inputs.hidden.is_meta()) runBackward(inputs, saved.pointers(), upstream, found, direct);
    }
    return {found.hidden, direct ? at::Tensor() : found.weight,
            wantBias ? found.bias.to(inputs.bias.scalar_type()) : at::Tensor()};
  }

  // Writes the defined gradients, or (direct) adds to the weight's.
  static void runBackward(const LogprobInputs& inputs, const linear_logprob::Saved& saved,
                          const LogprobOutputs& upstream, const LogprobGradients& out, bool direct) {
    const HeadTensors tensors(inputs, inputs.hidden);
    const auto target = [](const at::Tensor& x) { return x.defined() ? x.mutable_data_ptr() : nullptr; };
    linear_logprob::backward(linear_logprob::engineFor(tensors.head.element, chosenIsa()), tensors.head, targetsOf(inputs), saved,
                             {dataOrNull(upstream.logp), dataOrNull(upstream.lse), dataOrNull(upstream.entropy)},
                             {target(out.hidden), inputs.hidden.size(0), target(out.weight),
                              out.weight.defined() ? out.weight.stride(0) : 0, direct, target(out.bias)},
                             torchParallel());
  }

  // The leaf's .grad; zeros where it is undefined.
  static at::Tensor gradOf(const at::Tensor& weight) {
    at::Tensor& grad = weight.mutable_grad();
    grad = grad.defined() ? withValues(grad) : at::zeros(weight.sizes(), weight.options());
    TORCH_CHECK_VALUE(
        grad.scalar_type() == weight.scalar_type() && grad.sizes() == weight.sizes() && grad.stride(1) == 1,
        "linear_logprob: accumulate_grad: expected weight.grad to be dense with weight's shape ", weight.sizes(),
        " and dtype ", weight.scalar_type());
    return grad;
  }
};

std::tuple<at::Tensor, at::Tensor, at::Tensor> linearLogprob(const at::Tensor& hidden, const at::Tensor& weight,
                                                             const at::Tensor& target,
                                                             const std::optional<at::Tensor>& rows,
                                                             const std::optional<at::Tensor>& bias, double temperature,
                                                             bool entropy, int64_t ignoreIndex, bool accumulateGrad,
                                                             bool keepLogits) {
  const LogprobInputs inputs = readLogprobInputs(hidden, weight, target, rows, bias, temperature, ignoreIndex);
  TORCH_CHECK_VALUE(!accumulateGrad || (weight.is_leaf() && weight.requires_grad()),
                    "linear_logprob: accumulate_grad: expected weight to be a leaf that requires a gradient");
  TORCH_CHECK_VALUE(!keepLogits || ((hidden.is_cpu() || hidden.is_meta()) && hidden.scalar_type() == at::kBFloat16),
                    "linear_logprob: keep_logits: expected bfloat16 on the CPU, got ", hidden.scalar_type(), " on ",
                    hidden.device(), "; leave it out, backward then computes the logits again");
  const auto withEntropy = [entropy](const at::Tensor& values) { return entropy ? values : values.new_empty({0}); };
  if (!hidden.is_cpu() && !hidden.is_meta() && !cudaLogprobServes(inputs)) {
    TORCH_CHECK_NOT_IMPLEMENTED(!accumulateGrad, "linear_logprob: accumulate_grad: not on ", hidden.device(), " with ",
                                hidden.scalar_type());
    const auto [logp, lse, all] = denseLogprob(inputs);
    return {logp, lse, withEntropy(all)};
  }
  const auto learns = [](const at::Tensor& x) {
    return at::GradMode::is_enabled() && x.defined() && x.requires_grad();
  };
  const SaveOptions save{learns(hidden), keepLogits && (learns(weight) || learns(inputs.bias))};
  const variable_list out = LinearLogprob::apply(hidden, weight, bias, inputs, save, accumulateGrad);
  return {out[0], out[1], withEntropy(out[2])};
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) { m.impl("linear_logprob", linearLogprob); }

}  // namespace earsight
