// What a whole sequence has one of, where the settings ask for it: its ratio, its importance weight, its weight in
// VESPO, and whether it is off-policy. All of it is needed before any token's loss, so it takes a walk of its own.
#pragma once

#include "sequence.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

template <class T>
struct SequenceValues {
  double meanLogRatio = 0;
  bool offPolicy = false;
  T correction = T(1);
  T phiPositive = T(0), phiNegative = T(0);
};

template <class T>
SequenceValues<T> valuesOf(const Sequence<T>& sequence) {
  constexpr double kLeastWeight = 1e-8;
  const PolicySettings& settings = sequence.settings;
  const bool gamma = settings.form == Form::kGamma;
  SequenceValues<T> values;
  if (!sequence.hasOneRatio() && !gamma && !sequence.correctedAsWhole() && !(settings.offPolicyThreshold < kInfinity)) {
    return values;
  }
  double ratio = 0, correction = 0, drift = 0, logCorrection = 0;
  alignas(64) TileArray<T> difference;
  for (int64_t at = sequence.begin; at < sequence.end; at += kTile) {
    const TileInputs<T> in(sequence, at);
    const int size = in.tile.size;
    if (sequence.geometric()) {
      ratio += sumOfEach<T>(size, [&](int t) { return sequence.clippedLogRatio(in.logRatio[t], in.advantage[t]); });
    } else if (gamma) {
      ratio += sumOfEach<T>(size, [&](int t) { return boundedLogRatio(in.logRatio[t]); });
    } else {
      ratio += sumOf(in.logRatio, size);
    }
    drift -= sumOf(in.logRatio, size);
    if (sequence.batch.sampler == nullptr) continue;
    in.samplerDifferences(difference);
    correction += sumOf(difference, size);
    if (gamma && sequence.corrected()) {
      for (int t = 0; t < in.tile.count; ++t) {
        if (in.tile.use[t] == T(0)) continue;
        const double bounded = sequence.boundedCorrection(exponential(boundedLogRatio(difference[t])));
        logCorrection += bounded > kLeastWeight ? log(bounded) : log(kLeastWeight);
      }
    }
  }
  values.meanLogRatio = ratio / sequence.count;
  // OPSM measures from the policy that sampled (DeepSeek-V3.2, arXiv 2512.02556).
  values.offPolicy = (drift - correction) / sequence.count > settings.offPolicyThreshold;
  if (sequence.correctedAsWhole()) {
    const double exponent = settings.correctionOfMean ? correction / sequence.count : correction;
    values.correction = sequence.boundedCorrection(static_cast<T>(exp(boundedLogRatio(exponent))));
  }
  if (gamma) {
    const double logW = clamped(ratio + logCorrection, log(kLeastWeight), kMaxLogRatio);
    values.phiPositive = static_cast<T>(gammaWeight(logW, settings.gammaKPositive, settings.gammaLambdaPositive));
    values.phiNegative = static_cast<T>(gammaWeight(logW, settings.gammaKNegative, settings.gammaLambdaNegative));
  }
  return values;
}

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
