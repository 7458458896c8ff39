// earsight::preference_loss: the torch face of native/kernels/policy/preference.h, with gradients in both log-ratios.
// Pairs are few numbers: the arithmetic is done on the host in float64, wherever the tensors lie.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <map>
#include <string>
#include <string_view>

#include "../kernels/policy/preference.h"
#include "values.h"

namespace earsight {

namespace {

using policy::Divergence;
using policy::Preference;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using OptionalTensor = std::optional<at::Tensor>;

constexpr const char* kOp = "preference_loss";

template <class Value>
Value byName(const char* option, c10::string_view given, const std::map<std::string_view, Value>& table) {
  const auto found = table.find(std::string_view(given.data(), given.size()));
  if (found != table.end()) return found->second;
  std::string names;
  for (const auto& [name, value] : table) names += (names.empty() ? "" : ", ") + std::string(name);
  TORCH_CHECK_VALUE(false, kOp, ": ", option, ": expected one of ", names, ", got ", given);
}

const std::map<std::string_view, Preference> kTypes{
    {"sigmoid", Preference::kSigmoid},     {"sigmoid_norm", Preference::kSigmoid}, {"hinge", Preference::kHinge},
    {"ipo", Preference::kIpo},             {"exo_pair", Preference::kExoPair},     {"nca_pair", Preference::kNcaPair},
    {"robust", Preference::kRobust},       {"bco_pair", Preference::kBcoPair},     {"sppo_hard", Preference::kSppoHard},
    {"aot", Preference::kAot},             {"aot_unpaired", Preference::kAotUnpaired},
    {"apo_zero", Preference::kApoZero},    {"apo_down", Preference::kApoDown},     {"discopop", Preference::kDiscopop},
    {"process", Preference::kProcess},
    {"sft", Preference::kSigmoid}};  // sft has no pairs: sftLoss

const std::map<std::string_view, Divergence> kDivergences{{"reverse_kl", Divergence::kReverseKl},
                                                          {"forward_kl", Divergence::kForwardKl},
                                                          {"js_divergence", Divergence::kJs},
                                                          {"alpha_divergence", Divergence::kAlpha}};

// Scores mapped by a divergence enter the losses of D alone.
bool isOfDifference(Preference type) {
  switch (type) {
    case Preference::kSigmoid:
    case Preference::kHinge:
    case Preference::kIpo:
    case Preference::kExoPair:
    case Preference::kRobust:
    case Preference::kDiscopop:
    case Preference::kProcess: return true;
    default: return false;
  }
}

struct PreferenceOptions {
  c10::string_view type;
  OptionalTensor alpha, weight, chosenLengths, rejectedLengths, referenceMargin;
  double pairsInBatch = 1;
  policy::PreferenceSettings settings;
};

bool given(const OptionalTensor& tensor) { return tensor.has_value() && tensor->defined(); }

at::Tensor onHost(const char* name, const OptionalTensor& tensor, int64_t pairs, at::Device first) {
  if (!given(tensor)) return {};
  TORCH_CHECK_VALUE(tensor->numel() == pairs, kOp, ": ", name, ": expected one for each of ", pairs, " pairs, got ",
                    tensor->sizes());
  return hostValues(kOp, name, tensor->detach().reshape({-1}).to(at::kDouble), first);
}

void checkSettings(const PreferenceOptions& options) {
  const policy::PreferenceSettings& s = options.settings;
  TORCH_CHECK_VALUE(s.beta > 0, kOp, ": beta: expected a number > 0, got ", s.beta);
  const double e = s.labelSmoothing;
  TORCH_CHECK_VALUE(e >= 0 && e <= 1, kOp, ": label_smoothing: expected 0 to 1, got ", e);
  TORCH_CHECK_VALUE(s.type != Preference::kRobust || e < 0.5, kOp,
                    ": label_smoothing: type 'robust' expects 0 <= value < 0.5, got ", e);
  TORCH_CHECK_VALUE(s.type != Preference::kExoPair || (e > 0 && e < 1), kOp,
                    ": label_smoothing: type 'exo_pair' expects 0 < value < 1 (the paper: 1e-3), got ", e);
  TORCH_CHECK_VALUE(s.discopopTau > 0, kOp, ": discopop_tau: expected a number > 0, got ", s.discopopTau);
  TORCH_CHECK_VALUE(s.divergence == Divergence::kReverseKl || isOfDifference(s.type), kOp,
                    ": f_divergence_type: type '", options.type, "' has none but reverse_kl");
  TORCH_CHECK_VALUE(s.type != Preference::kProcess || given(options.alpha), kOp,
                    ": alpha: missing; type 'process' needs each pair's probability that the chosen one is preferred");
  TORCH_CHECK_VALUE(s.type == Preference::kProcess || !given(options.alpha), kOp, ": alpha: only type 'process' has soft labels, got type '", options.type, "'");
  const bool lengths = given(options.chosenLengths) && given(options.rejectedLengths);
  TORCH_CHECK_VALUE(options.type != "sigmoid_norm" || lengths, kOp,
                    ": chosen_lengths, rejected_lengths: missing; type 'sigmoid_norm' averages over them");
  TORCH_CHECK_VALUE(given(options.chosenLengths) == given(options.rejectedLengths), kOp,
                    ": rejected_lengths: give both lengths or none");
}

struct PreferenceLoss : torch::autograd::Function<PreferenceLoss> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& chosen, const at::Tensor& rejected,
                               const PreferenceOptions& options) {
    const int64_t pairs = chosen.numel();
    const auto read = [&](const char* name, const OptionalTensor& tensor) {
      return onHost(name, tensor, pairs, chosen.device());
    };
    const at::Tensor c = read("chosen_logratio", chosen), l = read("rejected_logratio", rejected);
    const at::Tensor alpha = read("alpha", options.alpha), weight = read("weight", options.weight);
    const bool averages = options.type == "ipo" || options.type == "sigmoid_norm";
    const OptionalTensor none;
    const at::Tensor chosenLengths = read("chosen_lengths", averages ? options.chosenLengths : none);
    const at::Tensor rejectedLengths = read("rejected_lengths", averages ? options.rejectedLengths : none);
    const at::Tensor referenceMargin = read("reference_margin", options.referenceMargin);
    for (const at::Tensor& lengths : {chosenLengths, rejectedLengths}) {
      if (lengths.defined()) lengths.clamp_min_(1);
    }
    const auto data = valuesOrNull<double>;
    const policy::PreferenceInput input{pairs,        data(c),      data(l), data(alpha), data(weight), data(chosenLengths),
                                        data(rejectedLengths), data(referenceMargin)};
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
at::Tensor sftLoss(const OptionalTensor& logp, const PreferenceOptions& options, int64_t pairs) {
  TORCH_CHECK_VALUE(given(logp) && given(options.chosenLengths), kOp,
                    ": chosen_logp, chosen_lengths: missing; type 'sft' is the token mean of the chosen completions");
  TORCH_CHECK_VALUE(logp->numel() == pairs && options.chosenLengths->numel() == pairs, kOp,
                    ": chosen_logp, chosen_lengths: expected one for each of ", pairs, " pairs, got ", logp->sizes(),
                    " and ", options.chosenLengths->sizes());
  const at::Tensor tokens = options.chosenLengths->detach().sum().clamp_min(1).to(logp->device());
  const at::Tensor loss = logp->sum().neg() / tokens * (static_cast<double>(pairs) / options.pairsInBatch);
  return given(options.weight) ? loss * options.weight->detach().to(loss.scalar_type()).mean() : loss;
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> preferenceLoss(
    const at::Tensor& chosen, const at::Tensor& rejected, c10::string_view type, double beta, double labelSmoothing,
    const OptionalTensor& alpha, const OptionalTensor& weight, const OptionalTensor& chosenLengths,
    const OptionalTensor& rejectedLengths, const OptionalTensor& referenceMargin, const OptionalTensor& chosenLogp,
    double margin, double discopopTau, c10::string_view fDivergenceType, double fAlphaDivergenceCoef,
    std::optional<int64_t> numPairsInBatch) {
  TORCH_CHECK_TYPE(at::isFloatingType(chosen.scalar_type()), kOp, ": chosen_logratio: expected a floating dtype, got ",
                   chosen.scalar_type());
  TORCH_CHECK_VALUE(chosen.dim() == 1 && rejected.sizes() == chosen.sizes(), kOp,
                    ": rejected_logratio: expected chosen_logratio's shape [pairs], got ", rejected.sizes(), " and ",
                    chosen.sizes());
  TORCH_CHECK_VALUE(numPairsInBatch.value_or(1) > 0, kOp, ": num_pairs_in_batch: expected at least 1, got ",
                    numPairsInBatch.value_or(1));
  const int64_t pairs = chosen.numel();
  PreferenceOptions options{type, alpha, weight, chosenLengths, rejectedLengths, referenceMargin,
                            static_cast<double>(std::max<int64_t>(1, numPairsInBatch.value_or(pairs))), {}};
  const bool sft = type == "sft";
  options.settings = {byName("type", type, kTypes),
                      byName("f_divergence_type", fDivergenceType, kDivergences),
                      fAlphaDivergenceCoef,
                      beta,
                      labelSmoothing,
                      margin,
                      discopopTau};
  checkSettings(options);
  const at::Tensor loss = sft ? sftLoss(chosenLogp, options, pairs) : PreferenceLoss::apply(chosen, rejected, options)[0];
  return {loss, chosen.detach() * beta, rejected.detach() * beta};
}

}  // namespace

TORCH_LIBRARY_IMPL(earsight, CompositeImplicitAutograd, m) { m.impl("preference_loss", preferenceLoss); }

}  // namespace earsight
