#include "policy_settings.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <string>

namespace earsight {

namespace {

using policy::Correction;
using policy::Form;
using policy::KlEstimator;
using policy::Level;
using policy::PolicySettings;

constexpr const char* kOp = "policy_loss";

template <class Value>
struct Named {
  const char* name;
  Value value;
};

template <class Value, size_t count>
Value byName(const char* option, c10::string_view given, const Named<Value> (&table)[count]) {
  std::string names;
  for (size_t i = 0; i < count; ++i) {
    if (given == table[i].name) return table[i].value;
    names += (i == 0 ? "" : i + 1 < count ? ", " : " or ") + std::string(table[i].name);
  }
  TORCH_CHECK_VALUE(false, kOp, ": ", option, ": expected ", names, ", got ", given);
}

// How token losses become one number (the names of verl's loss_agg_mode).
enum class Aggregation { kSequenceMeans, kTokenMean, kLocalTokenMean, kSequenceSums, kLengthNorm, kTokenSum };

constexpr Named<Aggregation> kAggregations[] = {
    {"seq-mean-token-mean", Aggregation::kSequenceMeans},
    {"token-mean", Aggregation::kTokenMean},
    {"local-token-mean", Aggregation::kLocalTokenMean},
    {"seq-mean-token-sum", Aggregation::kSequenceSums},
    {"seq-mean-token-sum-norm", Aggregation::kLengthNorm},
    {"token-sum", Aggregation::kTokenSum},
};

struct Type {
  Form form;
  Level level;
  bool anyLevel;  // whether importance_sampling_level may choose another
  Aggregation aggregation;
};

constexpr Named<Type> kTypes[] = {
    {"grpo", {Form::kClipped, Level::kToken, true, Aggregation::kSequenceMeans}},
    {"bnpo", {Form::kClipped, Level::kToken, true, Aggregation::kLocalTokenMean}},
    {"dr_grpo", {Form::kClipped, Level::kToken, true, Aggregation::kLengthNorm}},
    {"dapo", {Form::kClipped, Level::kToken, true, Aggregation::kTokenMean}},
    {"gspo", {Form::kClipped, Level::kSequence, false, Aggregation::kSequenceMeans}},
    {"gspo_token", {Form::kClipped, Level::kSequenceToken, false, Aggregation::kSequenceMeans}},
    {"cispo", {Form::kCispo, Level::kToken, true, Aggregation::kTokenMean}},
    {"sapo", {Form::kSoft, Level::kToken, true, Aggregation::kSequenceMeans}},
    {"vespo", {Form::kGamma, Level::kToken, false, Aggregation::kTokenMean}},
    {"luspo", {Form::kClipped, Level::kSequence, true, Aggregation::kSequenceSums}},
    {"geo_mean", {Form::kGeometricMean, Level::kToken, false, Aggregation::kSequenceMeans}},
    {"dppo_tv", {Form::kDppoTv, Level::kToken, false, Aggregation::kTokenMean}},
    {"dppo_kl", {Form::kDppoKl, Level::kToken, false, Aggregation::kTokenMean}},
    {"gpg", {Form::kPlain, Level::kToken, false, Aggregation::kTokenMean}},
    {"reinforce", {Form::kPlain, Level::kToken, false, Aggregation::kTokenMean}},
};

constexpr Named<Level> kLevels[] = {{"token", Level::kToken}, {"sequence", Level::kSequence}};

struct CorrectionMode {
  Correction correction;
  bool sequences;
};

constexpr Named<CorrectionMode> kCorrections[] = {
    {"none", {Correction::kNone, false}},
    {"token_truncate", {Correction::kTruncate, false}},
    {"token_mask", {Correction::kMask, false}},
    {"sequence_truncate", {Correction::kTruncate, true}},
    {"sequence_mask", {Correction::kMask, true}},
};

constexpr Named<KlEstimator> kEstimators[] = {
    {"k1", KlEstimator::k1}, {"k2", KlEstimator::k2}, {"k3", KlEstimator::k3}, {"abs", KlEstimator::kAbs}};

constexpr Named<bool> kBounds[] = {{"absolute", false}, {"relative", true}};
constexpr Named<bool> kReductions[] = {{"sum", false}, {"mean", true}};

void setRatio(PolicySettings& s, const PolicyOptions& o, const Type& type) {
  s.form = type.form;
  s.level = type.level;
  if (o.importanceSamplingLevel) {
    const Level level = byName("importance_sampling_level", *o.importanceSamplingLevel, kLevels);
    TORCH_CHECK_VALUE(type.anyLevel || level == type.level, kOp, ": importance_sampling_level: type '", o.type,
                      "' has its own level; leave it out, got ", *o.importanceSamplingLevel);
    s.level = level;
  }
  if (s.form == Form::kCispo && byName("cispo_bound", o.cispoBound, kBounds)) s.form = Form::kCispoRelative;
}

void setBounds(PolicySettings& s, const PolicyOptions& o) {
  s.epsilonLow = o.epsilon;
  s.epsilonHigh = o.epsilonHigh.value_or(o.epsilon);
  TORCH_CHECK_VALUE(s.epsilonLow >= 0, kOp, ": epsilon: expected a number >= 0, got ", s.epsilonLow);
  TORCH_CHECK_VALUE(s.epsilonHigh >= 0, kOp, ": epsilon_high: expected a number >= 0, got ", s.epsilonHigh);
  const bool dppo = s.form == Form::kDppoTv || s.form == Form::kDppoKl;
  // verl truncates DPPO's ratio at 20.
  s.delta = o.delta.value_or(dppo ? 20 : policy::kInfinity);
  TORCH_CHECK_VALUE(s.form != Form::kClipped || s.delta > 1 + s.epsilonHigh, kOp,
                    ": delta: expected more than 1 + epsilon_high (", 1 + s.epsilonHigh, "), got ", s.delta);
  s.dualClip = o.dualClip.value_or(policy::kInfinity);
  TORCH_CHECK_VALUE(s.dualClip > 1, kOp, ": dual_clip: expected more than 1, got ", s.dualClip);
  TORCH_CHECK_VALUE(o.sapoTemperaturePos > 0 && o.sapoTemperatureNeg > 0, kOp,
                    ": sapo_temperature_pos, sapo_temperature_neg: expected numbers > 0, got ", o.sapoTemperaturePos,
                    " and ", o.sapoTemperatureNeg);
  s.softTauPositive = o.sapoTemperaturePos;
  s.softTauNegative = o.sapoTemperatureNeg;
  s.gammaKPositive = o.vespoKPos;
  s.gammaKNegative = o.vespoKNeg;
  s.gammaLambdaPositive = std::max(o.vespoLambdaPos, 1e-4);
  s.gammaLambdaNegative = std::max(o.vespoLambdaNeg, 1e-4);
}

void setKl(PolicySettings& s, const PolicyOptions& o, const PolicyCounts& counts) {
  s.beta = o.beta;
  s.kl = byName("kl_estimator", o.klEstimator, kEstimators);
  s.klTimesRatio = o.useBiasCorrectionKl;
  TORCH_CHECK_VALUE(o.beta == 0 || counts.hasRef, kOp, ": ref_logp: missing; beta is ", o.beta);
}

void setCorrection(PolicySettings& s, const PolicyOptions& o, const PolicyCounts& counts) {
  const CorrectionMode mode = byName("importance_correction", o.importanceCorrection, kCorrections);
  s.correction = mode.correction;
  s.correctSequences = mode.sequences;
  s.correctionOfMean = byName("importance_correction_reduction", o.importanceCorrectionReduction, kReductions);
  s.correctKl = o.importanceCorrectionKl;
  s.correctionMin = o.importanceCorrectionMin.value_or(-policy::kInfinity);
  s.correctionMax = o.importanceCorrectionMax.value_or(policy::kInfinity);
  s.offPolicyThreshold = o.offPolicyMaskThreshold.value_or(policy::kInfinity);
  if (s.correction == Correction::kNone) return;
  TORCH_CHECK_VALUE(counts.hasSampler, kOp, ": sampler_logp: missing; importance_correction is ",
                    o.importanceCorrection);
  TORCH_CHECK_VALUE(s.correctionMin <= s.correctionMax, kOp,
                    ": importance_correction_min: expected at most importance_correction_max (", s.correctionMax,
                    "), got ", s.correctionMin);
  TORCH_CHECK_VALUE(s.form != Form::kGamma || !s.correctSequences, kOp,
                    ": importance_correction: type 'vespo' takes token_truncate or token_mask, got ",
                    o.importanceCorrection);
}

void setWeights(PolicySettings& s, const PolicyOptions& o, const PolicyCounts& counts, Aggregation aggregation) {
  TORCH_CHECK_VALUE(o.numItemsInBatch.value_or(1) >= 0, kOp, ": num_items_in_batch: expected a count, got ",
                    o.numItemsInBatch.value_or(1));
  TORCH_CHECK_VALUE(o.numSequencesInBatch.value_or(1) > 0, kOp, ": num_sequences_in_batch: expected at least 1, got ",
                    o.numSequencesInBatch.value_or(1));
  const double items = std::max(1.0, o.numItemsInBatch.value_or(static_cast<double>(counts.tokens)));
  const auto here = static_cast<double>(std::max<int64_t>(1, counts.sequences));
  const double sequences = o.numSequencesInBatch ? static_cast<double>(*o.numSequencesInBatch) : here;
  switch (aggregation) {
    case Aggregation::kSequenceMeans:
      s.perSequence = true;
      s.tokenWeight = 1 / sequences;
      return;
    case Aggregation::kTokenMean: s.tokenWeight = 1 / items; return;
    case Aggregation::kLocalTokenMean:
      // Each call's own mean; under accumulation the mean of those means.
      s.tokenWeight = here / sequences / std::max(1.0, static_cast<double>(counts.tokens));
      return;
    case Aggregation::kSequenceSums: s.tokenWeight = 1 / sequences; return;
    case Aggregation::kLengthNorm:
      TORCH_CHECK_VALUE(o.maxCompletionLength.value_or(0) > 0, kOp, ": max_completion_length: type '", o.type,
                        "' divides by it; expected at least 1, got ",
                        o.maxCompletionLength ? std::to_string(*o.maxCompletionLength) : "nothing");
      s.tokenWeight = 1 / (sequences * static_cast<double>(*o.maxCompletionLength));
      return;
    case Aggregation::kTokenSum: s.tokenWeight = 1; return;
  }
}

}  // namespace

PolicySettings policySettings(const PolicyOptions& options, const PolicyCounts& counts) {
  const Type type = byName("type", options.type, kTypes);
  PolicySettings settings;
  setRatio(settings, options, type);
  setBounds(settings, options);
  setKl(settings, options, counts);
  setCorrection(settings, options, counts);
  setWeights(settings, options, counts,
             options.aggregation ? byName("aggregation", *options.aggregation, kAggregations) : type.aggregation);
  TORCH_CHECK_VALUE(options.topEntropyQuantile >= 0 && options.topEntropyQuantile <= 1, kOp,
                    ": top_entropy_quantile: expected 0 to 1, got ", options.topEntropyQuantile);
  const bool entropies = options.topEntropyQuantile < 1 || options.entropyThreshold || options.entropyCoef != 0;
  TORCH_CHECK_VALUE(!entropies || counts.hasEntropy, kOp,
                    ": entropy: missing; top_entropy_quantile, entropy_threshold and entropy_coef need it");
  TORCH_CHECK_VALUE(options.topEntropyQuantile == 1 || !options.entropyThreshold, kOp,
                    ": entropy_threshold: give it or top_entropy_quantile, not both");
  settings.entropyThreshold = options.entropyThreshold.value_or(-policy::kInfinity);
  return settings;
}

double entropyBonusWeight(const PolicyOptions& options, const PolicyCounts& counts, int64_t kept) {
  if (options.entropyCoef == 0 || kept == 0) return 0;
  const double share = static_cast<double>(kept) / static_cast<double>(counts.tokens);
  return options.entropyCoef / (options.numItemsInBatch.value_or(static_cast<double>(counts.tokens)) * share);
}

}  // namespace earsight
