// Generated from lib/kernels/policy-losses.ts and preference-losses.ts by scripts/generate-losses; do not edit.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace earsight::policy {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// In the order of the operator's `metrics`.
enum Metric {
  kKl, kEntropy, kClipRatioLowMean, kClipRatioLowMin, kClipRatioHighMean, kClipRatioHighMax, kClipRatioRegionMean,
  kSamplingSamplingLogpDifferenceMean, kSamplingSamplingLogpDifferenceMax, kSamplingImportanceSamplingRatioMin,
  kSamplingImportanceSamplingRatioMean, kSamplingImportanceSamplingRatioMax, kVespoPhiSeqMean, kMetrics
};

enum class Term {
  kClipped, kGeoMean, kSapo, kCispo, kDppoTv, kDppoKl, kVespo, kReinforce
};

enum class Level {
  kToken, kSequence, kSequenceToken
};

enum class Aggregation {
  kSeqMeanTokenMean, kTokenMean, kLocalTokenMean, kSeqMeanTokenSum, kSeqMeanTokenSumNorm, kTokenSum
};

enum class CispoBound {
  kAbsolute, kRelative
};

enum class KlEstimator {
  kK1, kK2, kK3, kAbs
};

enum class ImportanceCorrection {
  kNone, kTokenTruncate, kTokenMask, kSequenceTruncate, kSequenceMask
};

enum class ImportanceCorrectionReduction {
  kSum, kMean
};

// What null stands for is filled in.
struct PolicyFields {
  std::optional<Level> importanceSamplingLevel;
  std::optional<Aggregation> aggregation;
  double epsilon = 0.2;
  double epsilonHigh = 0.2;
  double delta = kInfinity;
  double dualClip = kInfinity;
  CispoBound cispoBound = CispoBound::kAbsolute;
  double sapoTemperaturePos = 1.0;
  double sapoTemperatureNeg = 1.05;
  double vespoKPos = 2.0;
  double vespoLambdaPos = 3.0;
  double vespoKNeg = 3.0;
  double vespoLambdaNeg = 2.0;
  double beta = 0.0;
  KlEstimator klEstimator = KlEstimator::kK3;
  bool useBiasCorrectionKl = true;
  ImportanceCorrection importanceCorrection = ImportanceCorrection::kNone;
  double importanceCorrectionMin = -kInfinity;
  double importanceCorrectionMax = 3.0;
  ImportanceCorrectionReduction importanceCorrectionReduction = ImportanceCorrectionReduction::kSum;
  bool importanceCorrectionKl = false;
  double offPolicyMaskThreshold = kInfinity;
  double topEntropyQuantile = 1.0;
  double entropyThreshold = -kInfinity;
  double entropyCoef = 0.0;
  std::optional<int64_t> maxCompletionLength;
  std::optional<double> numItemsInBatch;
  std::optional<int64_t> numSequencesInBatch;
};

struct PolicyLossRow {
  const char* name;
  Term term;
  Level level;
  bool anyLevel;  // whether another level may be chosen
  Aggregation aggregation;
};

constexpr PolicyLossRow kPolicyLosses[] = {
    {"grpo", Term::kClipped, Level::kToken, true, Aggregation::kSeqMeanTokenMean},
    {"bnpo", Term::kClipped, Level::kToken, true, Aggregation::kLocalTokenMean},
    {"dr_grpo", Term::kClipped, Level::kToken, true, Aggregation::kSeqMeanTokenSumNorm},
    {"dapo", Term::kClipped, Level::kToken, true, Aggregation::kTokenMean},
    {"gspo", Term::kClipped, Level::kSequence, false, Aggregation::kSeqMeanTokenMean},
    {"gspo_token", Term::kClipped, Level::kSequenceToken, false, Aggregation::kSeqMeanTokenMean},
    {"cispo", Term::kCispo, Level::kToken, true, Aggregation::kTokenMean},
    {"sapo", Term::kSapo, Level::kToken, true, Aggregation::kSeqMeanTokenMean},
    {"vespo", Term::kVespo, Level::kToken, false, Aggregation::kTokenMean},
    {"luspo", Term::kClipped, Level::kSequence, true, Aggregation::kSeqMeanTokenSum},
    {"geo_mean", Term::kGeoMean, Level::kToken, false, Aggregation::kSeqMeanTokenMean},
    {"dppo_tv", Term::kDppoTv, Level::kToken, false, Aggregation::kTokenMean},
    {"dppo_kl", Term::kDppoKl, Level::kToken, false, Aggregation::kTokenMean},
    {"gpg", Term::kReinforce, Level::kToken, false, Aggregation::kTokenMean},
    {"reinforce", Term::kReinforce, Level::kToken, false, Aggregation::kTokenMean},
};

enum class Preference {
  kSigmoid, kHinge, kIpo, kExoPair, kNcaPair, kRobust, kBcoPair, kSppoHard, kAot, kAotUnpaired, kApoZero, kApoDown,
  kDiscopop, kSft, kProcess
};

enum class FDivergenceType {
  kReverseKl, kForwardKl, kJsDivergence, kAlphaDivergence
};

struct PreferenceFields {
  double beta = 0.1;
  double labelSmoothing = 0.0;
  double margin = 0.0;
  double discopopTau = 0.05;
  FDivergenceType fDivergenceType = FDivergenceType::kReverseKl;
  double fAlphaDivergenceCoef = 0.5;
  std::optional<int64_t> numPairsInBatch;
};

struct PreferenceLossRow {
  const char* name;
  Preference loss;
  bool ofDifference, averages;  // a loss of D; of scores averaged over tokens
};

constexpr PreferenceLossRow kPreferenceLosses[] = {
    {"sigmoid", Preference::kSigmoid, true, false},
    {"hinge", Preference::kHinge, true, false},
    {"ipo", Preference::kIpo, true, true},
    {"exo_pair", Preference::kExoPair, true, false},
    {"nca_pair", Preference::kNcaPair, false, false},
    {"robust", Preference::kRobust, true, false},
    {"bco_pair", Preference::kBcoPair, false, false},
    {"sppo_hard", Preference::kSppoHard, false, false},
    {"aot", Preference::kAot, false, false},
    {"aot_unpaired", Preference::kAotUnpaired, false, false},
    {"apo_zero", Preference::kApoZero, false, false},
    {"apo_down", Preference::kApoDown, false, false},
    {"discopop", Preference::kDiscopop, true, false},
    {"sft", Preference::kSft, false, false},
    {"sigmoid_norm", Preference::kSigmoid, true, true},
    {"process", Preference::kProcess, true, false},
};

}  // namespace earsight::policy
