#include "policy_settings.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <string>

#include "losses.generated.h"

namespace earsight {

namespace {

using policy::Aggregation;
using policy::ImportanceCorrection;
using policy::kInfinity;
using policy::PolicyFields;
using policy::PolicyLossRow;
using policy::PolicySettings;
using policy::Term;

constexpr const char* kOp = "policy_loss";

policy::Level levelOf(const PolicyLossRow& loss, const PolicyFields& fields) {
  const policy::Level level = fields.importanceSamplingLevel.value_or(loss.level);
  TORCH_CHECK_VALUE(loss.anyLevel || level == loss.level, kOp, ": importance_sampling_level: type '", loss.name,
                    "' has its own level; leave it out, got ", kImportanceSamplingLevelWords[static_cast<int>(level)]);
  return level;
}

void checkCorrection(const PolicyLossRow& loss, const PolicyFields& fields, const PolicyCounts& counts) {
  if (fields.importanceCorrection == ImportanceCorrection::kNone) return;
  const char* mode = kImportanceCorrectionWords[static_cast<int>(fields.importanceCorrection)];
  TORCH_CHECK_VALUE(counts.hasSampler, kOp, ": sampler_logp: missing; importance_correction is ", mode);
  TORCH_CHECK_VALUE(fields.importanceCorrectionMin <= fields.importanceCorrectionMax, kOp,
                    ": importance_correction_min: expected at most importance_correction_max (",
                    fields.importanceCorrectionMax, "), got ", fields.importanceCorrectionMin);
  TORCH_CHECK_VALUE(loss.term != Term::kVespo || fields.importanceCorrection == ImportanceCorrection::kTokenTruncate ||
                        fields.importanceCorrection == ImportanceCorrection::kTokenMask,
                    kOp, ": importance_correction: type 'vespo' takes token_truncate or token_mask, got ", mode);
}

void checkEntropy(const PolicyFields& fields, const PolicyCounts& counts) {
  const bool threshold = fields.entropyThreshold > -kInfinity;
  TORCH_CHECK_VALUE((fields.topEntropyQuantile == 1 && !threshold && fields.entropyCoef == 0) || counts.hasEntropy, kOp,
                    ": entropy: missing; top_entropy_quantile, entropy_threshold and entropy_coef need it");
  TORCH_CHECK_VALUE(fields.topEntropyQuantile == 1 || !threshold, kOp,
                    ": entropy_threshold: give it or top_entropy_quantile, not both");
}

void setWeights(PolicySettings& s, const PolicyLossRow& loss, const PolicyCounts& counts) {
  const double items = std::max(1.0, s.numItemsInBatch.value_or(static_cast<double>(counts.tokens)));
  const auto here = static_cast<double>(std::max<int64_t>(1, counts.sequences));
  const double sequences = s.numSequencesInBatch ? static_cast<double>(*s.numSequencesInBatch) : here;
  switch (s.aggregation.value_or(loss.aggregation)) {
    case Aggregation::kSeqMeanTokenMean:
      s.perSequence = true;
      s.tokenWeight = 1 / sequences;
      return;
    case Aggregation::kTokenMean: s.tokenWeight = 1 / items; return;
    case Aggregation::kLocalTokenMean:
      // Each call's own mean; under accumulation the mean of those means.
      s.tokenWeight = here / sequences / std::max(1.0, static_cast<double>(counts.tokens));
      return;
    case Aggregation::kSeqMeanTokenSum: s.tokenWeight = 1 / sequences; return;
    case Aggregation::kSeqMeanTokenSumNorm:
      TORCH_CHECK_VALUE(s.maxCompletionLength.has_value(), kOp, ": max_completion_length: type '", loss.name,
                        "' divides by it; expected at least 1, got nothing");
      s.tokenWeight = 1 / (sequences * static_cast<double>(*s.maxCompletionLength));
      return;
    case Aggregation::kTokenSum: s.tokenWeight = 1; return;
  }
}

}  // namespace

PolicySettings policySettings(const PolicyLossRow& loss, const PolicyFields& fields, const PolicyCounts& counts) {
  PolicySettings s{fields};
  s.term = loss.term;
  s.level = levelOf(loss, fields);
  TORCH_CHECK_VALUE(s.term != Term::kClipped || s.delta > 1 + s.epsilonHigh, kOp,
                    ": delta: expected more than 1 + epsilon_high (", 1 + s.epsilonHigh, "), got ", s.delta);
  TORCH_CHECK_VALUE(s.beta == 0 || counts.hasRef, kOp, ": ref_logp: missing; beta is ", s.beta);
  // Rates of 0 and below have no maximum.
  s.vespoLambdaPos = std::max(s.vespoLambdaPos, 1e-4);
  s.vespoLambdaNeg = std::max(s.vespoLambdaNeg, 1e-4);
  checkCorrection(loss, fields, counts);
  checkEntropy(fields, counts);
  setWeights(s, loss, counts);
  return s;
}

double entropyBonusWeight(const PolicyFields& fields, const PolicyCounts& counts, int64_t kept) {
  if (fields.entropyCoef == 0 || kept == 0) return 0;
  const double fraction = static_cast<double>(kept) / static_cast<double>(counts.tokens);
  return fields.entropyCoef / (fields.numItemsInBatch.value_or(static_cast<double>(counts.tokens)) * fraction);
}

}  // namespace earsight
