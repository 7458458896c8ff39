// earsight::preference_loss: native/kernels/policy/preference.h as an operator, with gradients in both log-ratios. Its
// schema and the reading of its arguments follow from the table of losses.
// Pairs are few numbers: the arithmetic is done on the host in float64, wherever the tensors lie.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>

#include "../kernels/policy/preference.h"
#include "losses.generated.h"
#include "values.h"

namespace earsight {

namespace {

using policy::Preference;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr const char* kOp = "preference_loss";

struct PreferenceOptions {
  const policy::PreferenceLossRow& loss;
  policy::PreferenceSettings settings;
  PreferenceTensors tensors;
  double pairsInBatch = 1;
};

void checkPairs(const char* name, const at::Tensor& tensor, int64_t pairs) {
  TORCH_CHECK_VALUE(tensor.numel() == pairs, kOp, ": ", name, ": expected one for each of ", pairs, " pairs, got ",
                    tensor.sizes());
}

void checkDevice(const char* name, const at::Tensor& tensor, const at::Tensor& chosen) {
  TORCH_CHECK_VALUE(tensor.device() == chosen.device(), kOp, ": ", name, ": expected chosen_logratio's device ",
                    chosen.device(), ", got ", tensor.device());
}

at::Tensor onHost(const char* name, const at::Tensor& tensor, int64_t pairs, at::Device first) {
  if (!tensor.defined()) return {};
  checkPairs(name, tensor, pairs);
  return hostValues(kOp, name, tensor.detach().reshape({-1}).to(at::kDouble), first);
}

// The tensors beside the log-ratios, on the host in float64 and within their ranges. `chosenLogp` stays where it is: it
// has a gradient.
PreferenceTensors readTensors(const PreferenceTensors& given, const at::Tensor& chosen) {
  const int64_t pairs = chosen.numel();
  const auto read = [&](const char* name, const at::Tensor& tensor, const char* expected, auto fits) {
    const at::Tensor values = onHost(name, tensor, pairs, chosen.device());
    checkValues<double>(kOp, name, values, expected, fits);
    return values;
  };
  const auto finite = [](double value) { return std::isfinite(value); };
  const auto readLengths = [&](const char* name, const at::Tensor& tensor) {
    return read(name, tensor, "finite numbers from 0 up", [](double length) { return length >= 0 && std::isfinite(length); });
  };
  PreferenceTensors tensors;
  tensors.alpha = read("alpha", given.alpha, "probabilities from 0 to 1", [](double p) { return p >= 0 && p <= 1; });
  tensors.weight = read("weight", given.weight, "finite numbers", finite);
  tensors.chosenLengths = readLengths("chosen_lengths", given.chosenLengths);
  tensors.rejectedLengths = readLengths("rejected_lengths", given.rejectedLengths);
  tensors.referenceMargin = onHost("reference_margin", given.referenceMargin, pairs, chosen.device());
  tensors.chosenLogp = given.chosenLogp;
  if (tensors.chosenLogp.defined()) {
    checkPairs("chosen_logp", tensors.chosenLogp, pairs);
    checkDevice("chosen_logp", tensors.chosenLogp, chosen);
  }
  return tensors;
}

void checkOptions(const PreferenceOptions& options) {
  const policy::PreferenceSettings& s = options.settings;
  const PreferenceTensors& tensors = options.tensors;
  TORCH_CHECK_VALUE(s.fDivergenceType == policy::FDivergenceType::kReverseKl || options.loss.ofDifference, kOp,
                    ": f_divergence_type: type '", options.loss.name, "' has none but reverse_kl");
  TORCH_CHECK_VALUE(s.loss == Preference::kProcess || !tensors.alpha.defined(), kOp,
                    ": alpha: only type 'process' has soft labels, got type '", options.loss.name, "'");
  TORCH_CHECK_VALUE(s.loss == Preference::kSft || tensors.chosenLengths.defined() == tensors.rejectedLengths.defined(),
                    kOp, ": rejected_lengths: give both lengths or none");
}

struct PreferenceLoss : torch::autograd::Function<PreferenceLoss> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& chosen, const at::Tensor& rejected,
                               const PreferenceOptions& options) {
    const int64_t pairs = chosen.numel();
    const PreferenceTensors& tensors = options.tensors;
    const at::Tensor c = onHost("chosen_logratio", chosen, pairs, chosen.device());
    const at::Tensor l = onHost("rejected_logratio", rejected, pairs, chosen.device());
    const auto atLeastOne = [&](const at::Tensor& lengths) {
      return options.loss.averages && lengths.defined() ? lengths.clamp_min(1) : at::Tensor();
    };
    const at::Tensor chosenLengths = atLeastOne(tensors.chosenLengths);
    const at::Tensor rejectedLengths = atLeastOne(tensors.rejectedLengths);
    const auto data = valuesOrNull<double>;
    const policy::PreferenceInput input{pairs, data(c), data(l), data(tensors.alpha), data(tensors.weight),
                                        data(chosenLengths), data(rejectedLengths), data(tensors.referenceMargin)};
    const at::Tensor gradChosen = at::empty_like(c), gradRejected = at::empty_like(l);
    const double sum = chosen.is_meta() ? 0
                                        : policy::preferenceLoss(input, options.settings, gradChosen.mutable_data_ptr<double>(),
                                                                 gradRejected.mutable_data_ptr<double>());
    ctx->save_for_backward({gradChosen.div_(options.pairsInBatch).view(chosen.sizes()).to(chosen.options()),
                            gradRejected.div_(options.pairsInBatch).view(rejected.sizes()).to(rejected.options())});
    const at::ScalarType dtype = chosen.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    return {at::full({}, sum / options.pairsInBatch, chosen.options().dtype(dtype))};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    TORCH_CHECK_NOT_IMPLEMENTED(!at::GradMode::is_enabled(), kOp,
                                ": differentiable once; for create_graph write the loss with tensor operations");
    const variable_list saved = ctx->get_saved_variables();
    const auto flow = [&](const at::Tensor& gradient) { return gradient.mul(grads[0]).to(gradient.scalar_type()); };
    return {flow(saved[0]), flow(saved[1]), at::Tensor()};
  }
};

// Token mean of the chosen completions' negative log-likelihood.
at::Tensor sftLoss(const PreferenceOptions& options, int64_t pairs) {
  const auto& [alpha, weight, lengths, rejectedLengths, referenceMargin, logp] = options.tensors;
  if (logp.is_meta()) return logp.sum();
  const double tokens = std::max(1.0, lengths.sum().item<double>());
  const at::Tensor loss = logp.sum().neg() / tokens * (static_cast<double>(pairs) / options.pairsInBatch);
  return weight.defined() ? loss * weight.mean().item<double>() : loss;
}

void preferenceLoss(const c10::OperatorHandle&, torch::jit::Stack* stack) {
  const c10::ArrayRef<c10::IValue> all = torch::jit::last(*stack, kPreferenceArguments);
  const at::Tensor chosen = all[0].toTensor(), rejected = all[1].toTensor();
  TORCH_CHECK_TYPE(at::isFloatingType(chosen.scalar_type()), kOp, ": chosen_logratio: expected a floating dtype, got ",
                   chosen.scalar_type());
  TORCH_CHECK_VALUE(chosen.dim() == 1 && rejected.sizes() == chosen.sizes(), kOp,
                    ": rejected_logratio: expected chosen_logratio's shape [pairs], got ", rejected.sizes(), " and ",
                    chosen.sizes());
  checkDevice("rejected_logratio", rejected, chosen);
  const LossArguments arguments(kOp, all.slice(kPreferenceTensors));
  const policy::PreferenceLossRow& row = arguments.row(policy::kPreferenceLosses);
  const policy::PreferenceFields fields = readPreferenceFields(arguments, row);
  const int64_t pairs = chosen.numel();
  const PreferenceOptions options{row,
                                  {fields, row.loss},
                                  readTensors(readPreferenceTensors(arguments), chosen),
                                  static_cast<double>(std::max<int64_t>(1, fields.numPairsInBatch.value_or(pairs)))};
  checkOptions(options);
  const at::Tensor loss = row.loss == Preference::kSft ? sftLoss(options, pairs)
                                                       : PreferenceLoss::apply(chosen, rejected, options)[0];
  torch::jit::drop(*stack, kPreferenceArguments);
  torch::jit::push(*stack, loss, chosen.detach() * fields.beta, rejected.detach() * fields.beta);
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) {
  m.impl("preference_loss", torch::CppFunction::makeFromBoxedFunction<&preferenceLoss>());
}

}  // namespace earsight
