// Generated from lib/kernels/policy-losses.ts and preference-losses.ts by scripts/generate-losses; do not edit.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "../kernels/policy/losses.generated.h"
#include "loss_arguments.h"

namespace earsight {

constexpr const char* kPolicyLossSchema =
    "policy_loss(Tensor logp, Tensor advantages, Tensor cu_seqlens, Tensor? old_logp=None, Tensor? ref_logp=None, "
    "Tensor? sampler_logp=None, Tensor? mask=None, Tensor? entropy=None, *, str type='dapo', "
    "str? importance_sampling_level=None, str? aggregation=None, float epsilon=0.2, float? epsilon_high=None, "
    "float? delta=None, float? dual_clip=None, str cispo_bound='absolute', float sapo_temperature_pos=1.0, "
    "float sapo_temperature_neg=1.05, float vespo_k_pos=2.0, float vespo_lambda_pos=3.0, float vespo_k_neg=3.0, "
    "float vespo_lambda_neg=2.0, float beta=0.0, str kl_estimator='k3', bool use_bias_correction_kl=True, "
    "str importance_correction='none', float? importance_correction_min=None, float? importance_correction_max=3.0, "
    "str importance_correction_reduction='sum', bool importance_correction_kl=False, "
    "float? off_policy_mask_threshold=None, float top_entropy_quantile=1.0, float? entropy_threshold=None, "
    "float entropy_coef=0.0, int? max_completion_length=None, float? num_items_in_batch=None, "
    "int? num_sequences_in_batch=None) -> (Tensor loss, Tensor metrics)";

constexpr const char* kPreferenceLossSchema =
    "preference_loss(Tensor chosen_logratio, Tensor rejected_logratio, *, str type='sigmoid', float beta=0.1, "
    "float label_smoothing=0.0, Tensor? alpha=None, Tensor? weight=None, Tensor? chosen_lengths=None, "
    "Tensor? rejected_lengths=None, Tensor? reference_margin=None, Tensor? chosen_logp=None, float margin=0.0, "
    "float discopop_tau=0.05, str f_divergence_type='reverse_kl', float f_alpha_divergence_coef=0.5, "
    "int? num_pairs_in_batch=None) -> (Tensor loss, Tensor chosen_rewards, Tensor rejected_rewards)";

constexpr size_t kPolicyTensors = 8, kPolicyArguments = 37;
constexpr size_t kPreferenceTensors = 2, kPreferenceArguments = 16;

constexpr const char* kImportanceSamplingLevelWords[] = {
    "token", "sequence"};
constexpr const char* kAggregationWords[] = {
    "seq-mean-token-mean", "token-mean", "local-token-mean", "seq-mean-token-sum", "seq-mean-token-sum-norm",
    "token-sum"};
constexpr const char* kCispoBoundWords[] = {
    "absolute", "relative"};
constexpr const char* kKlEstimatorWords[] = {
    "k1", "k2", "k3", "abs"};
constexpr const char* kImportanceCorrectionWords[] = {
    "none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"};
constexpr const char* kImportanceCorrectionReductionWords[] = {
    "sum", "mean"};
constexpr const char* kFDivergenceTypeWords[] = {
    "reverse_kl", "forward_kl", "js_divergence", "alpha_divergence"};

inline policy::PolicyFields readPolicyFields(const LossArguments& arguments, const policy::PolicyLossRow& loss) {
  using policy::kInfinity;
  policy::PolicyFields fields;
  if (arguments.given(1)) {
    fields.importanceSamplingLevel = arguments.choice<policy::Level>(1, "importance_sampling_level", kImportanceSamplingLevelWords);
  }
  if (arguments.given(2)) {
    fields.aggregation = arguments.choice<policy::Aggregation>(2, "aggregation", kAggregationWords);
  }
  fields.epsilon =
      arguments.number(3, "epsilon", {"a number >= 0", 0.0, kInfinity, false, false, false});
  fields.epsilonHigh = arguments.given(4)
      ? arguments.number(4, "epsilon_high", {"a number >= 0", 0.0, kInfinity, false, false, false})
      : fields.epsilon;
  fields.delta = arguments.given(5)
      ? arguments.number(5, "delta", {"a number > 0", 0.0, kInfinity, true, false, false})
      : loss.term == policy::Term::kDppoKl ? 20.0 : loss.term == policy::Term::kDppoTv ? 20.0 : kInfinity;
  fields.dualClip = arguments.given(6)
      ? arguments.number(6, "dual_clip", {"a number > 1", 1.0, kInfinity, true, false, false})
      : kInfinity;
  fields.cispoBound =
      arguments.choice<policy::CispoBound>(7, "cispo_bound", kCispoBoundWords);
  fields.sapoTemperaturePos =
      arguments.number(8, "sapo_temperature_pos", {"a number > 0", 0.0, kInfinity, true, false, false});
  fields.sapoTemperatureNeg =
      arguments.number(9, "sapo_temperature_neg", {"a number > 0", 0.0, kInfinity, true, false, false});
  fields.vespoKPos =
      arguments.number(10, "vespo_k_pos", {"a finite number", -kInfinity, kInfinity, false, false, true});
  fields.vespoLambdaPos =
      arguments.number(11, "vespo_lambda_pos", {"a finite number", -kInfinity, kInfinity, false, false, true});
  fields.vespoKNeg =
      arguments.number(12, "vespo_k_neg", {"a finite number", -kInfinity, kInfinity, false, false, true});
  fields.vespoLambdaNeg =
      arguments.number(13, "vespo_lambda_neg", {"a finite number", -kInfinity, kInfinity, false, false, true});
  fields.beta =
      arguments.number(14, "beta", {"a number >= 0", 0.0, kInfinity, false, false, true});
  fields.klEstimator =
      arguments.choice<policy::KlEstimator>(15, "kl_estimator", kKlEstimatorWords);
  fields.useBiasCorrectionKl =
      arguments.flag(16);
  fields.importanceCorrection =
      arguments.choice<policy::ImportanceCorrection>(17, "importance_correction", kImportanceCorrectionWords);
  fields.importanceCorrectionMin = arguments.given(18)
      ? arguments.number(18, "importance_correction_min", {"a number >= 0", 0.0, kInfinity, false, false, false})
      : -kInfinity;
  fields.importanceCorrectionMax = arguments.given(19)
      ? arguments.number(19, "importance_correction_max", {"a number >= 0", 0.0, kInfinity, false, false, false})
      : kInfinity;
  fields.importanceCorrectionReduction =
      arguments.choice<policy::ImportanceCorrectionReduction>(20, "importance_correction_reduction", kImportanceCorrectionReductionWords);
  fields.importanceCorrectionKl =
      arguments.flag(21);
  fields.offPolicyMaskThreshold = arguments.given(22)
      ? arguments.number(22, "off_policy_mask_threshold", {"a number", -kInfinity, kInfinity, false, false, false})
      : kInfinity;
  fields.topEntropyQuantile =
      arguments.number(23, "top_entropy_quantile", {"a number from 0 to 1", 0.0, 1.0, false, false, false});
  fields.entropyThreshold = arguments.given(24)
      ? arguments.number(24, "entropy_threshold", {"a number", -kInfinity, kInfinity, false, false, false})
      : -kInfinity;
  fields.entropyCoef =
      arguments.number(25, "entropy_coef", {"a finite number", -kInfinity, kInfinity, false, false, true});
  if (arguments.given(26)) {
    fields.maxCompletionLength = arguments.count(26, "max_completion_length", {"an integer >= 1", 1.0, kInfinity, false, false, false});
  }
  if (arguments.given(27)) {
    fields.numItemsInBatch = arguments.number(27, "num_items_in_batch", {"a number >= 0", 0.0, kInfinity, false, false, true});
  }
  if (arguments.given(28)) {
    fields.numSequencesInBatch = arguments.count(28, "num_sequences_in_batch", {"an integer >= 1", 1.0, kInfinity, false, false, false});
  }
  return fields;
}

struct PreferenceTensors {
  at::Tensor alpha, weight, chosenLengths, rejectedLengths, referenceMargin, chosenLogp;
};

inline PreferenceTensors readPreferenceTensors(const LossArguments& arguments) {
  return {arguments.tensor(3), arguments.tensor(4), arguments.tensor(5), arguments.tensor(6), arguments.tensor(7), arguments.tensor(8)};
}

inline policy::PreferenceFields readPreferenceFields(const LossArguments& arguments,
                                                     const policy::PreferenceLossRow& loss) {
  using policy::kInfinity;
  policy::PreferenceFields fields;
  fields.beta =
      arguments.number(1, "beta", {"a number > 0", 0.0, kInfinity, true, false, true});
  fields.labelSmoothing =
      arguments.number(2, "label_smoothing", {"a number from 0 to 1", 0.0, 1.0, false, false, true});
  fields.margin =
      arguments.number(9, "margin", {"a finite number", -kInfinity, kInfinity, false, false, true});
  fields.discopopTau =
      arguments.number(10, "discopop_tau", {"a number > 0", 0.0, kInfinity, true, false, true});
  fields.fDivergenceType =
      arguments.choice<policy::FDivergenceType>(11, "f_divergence_type", kFDivergenceTypeWords);
  fields.fAlphaDivergenceCoef =
      arguments.number(12, "f_alpha_divergence_coef", {"a finite number", -kInfinity, kInfinity, false, false, true});
  if (arguments.given(13)) {
    fields.numPairsInBatch = arguments.count(13, "num_pairs_in_batch", {"an integer >= 1", 1.0, kInfinity, false, false, false});
  }
  if (loss.name == std::string_view("exo_pair")) arguments.narrow(fields.labelSmoothing, "label_smoothing", loss.name, {"0 < value < 1", 0.0, 1.0, true, true, false});
  if (loss.name == std::string_view("robust")) arguments.narrow(fields.labelSmoothing, "label_smoothing", loss.name, {"0 <= value < 0.5", 0.0, 0.5, false, true, false});
  if (loss.name == std::string_view("sft")) arguments.need(8, "chosen_logp, chosen_lengths: missing; type 'sft' needs them");
  if (loss.name == std::string_view("sft")) arguments.need(5, "chosen_logp, chosen_lengths: missing; type 'sft' needs them");
  if (loss.name == std::string_view("sigmoid_norm")) arguments.need(5, "chosen_lengths, rejected_lengths: missing; type 'sigmoid_norm' needs them");
  if (loss.name == std::string_view("sigmoid_norm")) arguments.need(6, "chosen_lengths, rejected_lengths: missing; type 'sigmoid_norm' needs them");
  if (loss.name == std::string_view("process")) arguments.need(3, "alpha: missing; type 'process' needs it");
  return fields;
}

}  // namespace earsight
