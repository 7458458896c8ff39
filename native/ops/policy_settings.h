// The options of earsight::policy_loss by their names, checked and turned into the kernel's settings.
#pragma once

#include <c10/util/string_view.h>

#include <cstdint>
#include <optional>

#include "../kernels/policy/policy_loss.h"

namespace earsight {

// As in the operator's schema (library.cpp).
struct PolicyOptions {
  c10::string_view type;
  std::optional<c10::string_view> importanceSamplingLevel, aggregation;
  double epsilon;
  std::optional<double> epsilonHigh, delta, dualClip;
  c10::string_view cispoBound;
  double sapoTemperaturePos, sapoTemperatureNeg, vespoKPos, vespoLambdaPos, vespoKNeg, vespoLambdaNeg, beta;
  c10::string_view klEstimator;
  bool useBiasCorrectionKl;
  c10::string_view importanceCorrection;
  std::optional<double> importanceCorrectionMin, importanceCorrectionMax;
  c10::string_view importanceCorrectionReduction;
  bool importanceCorrectionKl;
  std::optional<double> offPolicyMaskThreshold;
  double topEntropyQuantile;
  std::optional<double> entropyThreshold;
  double entropyCoef;
  std::optional<int64_t> maxCompletionLength;
  std::optional<double> numItemsInBatch;
  std::optional<int64_t> numSequencesInBatch;
};

// What the options' checks and the denominators need to know of the batch.
struct PolicyCounts {
  int64_t tokens = 0, sequences = 0;  // tokens in the loss, sequences
  bool hasRef = false, hasSampler = false, hasEntropy = false;
};

// Everything but what depends on entropies (entropyThreshold from a quantile, entropyWeight).
policy::PolicySettings policySettings(const PolicyOptions& options, const PolicyCounts& counts);

// The entropy bonus of one of `kept` tokens: coef / (global tokens, times the share that is kept here).
double entropyBonusWeight(const PolicyOptions& options, const PolicyCounts& counts, int64_t kept);

}  // namespace earsight
