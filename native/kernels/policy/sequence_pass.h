// The pass over one sequence: first what a whole sequence has one of, where the settings ask for it (its ratio, its
// importance weight, its weight in VESPO, whether it is off-policy), which is needed before any token's loss; then its
// tokens tile by tile; then what flows back through a sequence's ratio. Included by one translation unit for each
// instruction set.
#pragma once

#include "penalties.h"
#include "terms.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

template <class T>
SequenceValues<T> valuesOf(const Sequence<T>& sequence) {
  constexpr double kLeastWeight = 1e-8;
  const PolicySettings& settings = sequence.settings;
  const bool vespo = settings.term == Term::kVespo;
  SequenceValues<T> values;
  const bool offPolicyMask = settings.offPolicyMaskThreshold < kInfinity;
  if (!sequence.hasOneRatio() && !vespo && !sequence.correctedAsWhole() && !offPolicyMask) {
    return values;
  }
  double ratio = 0, correction = 0, drift = 0, logCorrection = 0;
  alignas(64) TileArray<T> difference;
  for (int64_t at = sequence.begin; at < sequence.end; at += kTile) {
    const TileInputs<T> in(sequence, at);
    const int size = in.tile.size;
    if (sequence.geometric()) {
      ratio += sumOfEach<T>(size, [&](int t) { return sequence.clippedLogRatio(in.logRatio[t], in.advantage[t]); });
    } else if (vespo) {
      ratio += sumOfEach<T>(size, [&](int t) { return boundedLogRatio(in.logRatio[t]); });
    } else {
      ratio += sumOf(in.logRatio, size);
    }
    drift -= sumOf(in.logRatio, size);
    if (sequence.batch.sampler == nullptr) continue;
    in.samplerDifferences(difference);
    correction += sumOf(difference, size);
    if (vespo && sequence.corrected()) {
      for (int t = 0; t < in.tile.count; ++t) {
        if (in.tile.use[t] == T(0)) continue;
        const double bounded = sequence.boundedCorrection(exponential(boundedLogRatio(difference[t])));
        logCorrection += log(atLeast(bounded, kLeastWeight));
      }
    }
  }
  values.meanLogRatio = ratio / sequence.count;
  // OPSM measures from the policy that sampled (DeepSeek-V3.2, arXiv 2512.02556).
  values.offPolicy = (drift - correction) / sequence.count > settings.offPolicyMaskThreshold;
  if (sequence.correctedAsWhole()) {
    const bool mean = settings.importanceCorrectionReduction == ImportanceCorrectionReduction::kMean;
    const double exponent = mean ? correction / sequence.count : correction;
    values.correction = sequence.boundedCorrection(static_cast<T>(exp(boundedLogRatio(exponent))));
  }
  if (vespo) {
    const double logW = clamped(ratio + logCorrection, log(kLeastWeight), kMaxLogRatio);
    values.phiPositive = static_cast<T>(gammaWeight(logW, settings.vespoKPos, settings.vespoLambdaPos));
    values.phiNegative = static_cast<T>(gammaWeight(logW, settings.vespoKNeg, settings.vespoLambdaNeg));
  }
  return values;
}

template <class T>
void fillRatios(const Sequence<T>& sequence, double meanLogRatio, const TileInputs<T>& in, T* ratio) {
  const int size = in.tile.size;
  if (sequence.hasOneRatio()) {
    const T value = static_cast<T>(exp(boundedLogRatio(meanLogRatio)));
    fill(ratio, size, [&](int) { return value; });
  } else if (sequence.batch.old == nullptr) {
    // The log-ratio is 0 or NaN.
    fill(ratio, size, [&](int t) { return T(1) + in.logRatio[t]; });
  } else {
    fill(ratio, size, [&](int t) { return exponential(boundedLogRatio(in.logRatio[t])); });
  }
}

// Leaves in `derivative` what flows through each token's own ratio; returns the sum of what flows through the sequence's.
template <class T>
double splitDerivatives(const Sequence<T>& sequence, const TileInputs<T>& in, T* derivative) {
  const int size = in.tile.size;
  double ofSequence = 0;
  if (sequence.settings.level == Level::kSequence || sequence.geometric()) {
    ofSequence = sumOf(derivative, size);
    fill(derivative, size, [](int) { return T(0); });
  } else if (sequence.settings.level == Level::kToken) {
    fill(derivative, size, [&](int t) {
      return changed(boundedLogRatio(in.logRatio[t]), in.logRatio[t]) ? T(0) : derivative[t];
    });
  }
  return ofSequence;
}

// One tile's part in the loss, before the token's weight, and its gradient but for what flows through a sequence's
// ratio, which is added to `ratioDerivative`.
template <class T>
double runTile(const Sequence<T>& sequence, const SequenceValues<T>& values, int64_t at, double& ratioDerivative,
               Clipped& clipped, PolicySums& sums) {
  const PolicyBatch<T>& batch = sequence.batch;
  const TileInputs<T> in(sequence, at);
  const int size = in.tile.size;
  alignas(64) TileArray<T> ratio, keep, correction;
  TileLoss<T> tile;
  fillRatios(sequence, values.meanLogRatio, in, ratio);
  policyTerms(sequence, values, in, ratio, tile, clipped, sums);
  keepTokens(sequence, values.offPolicy, in, keep);
  correctTokens(sequence, values.correction, in, correction, sums);
  if (values.offPolicy || sequence.filteredByEntropy() || sequence.corrected()) {
    // VESPO's weight holds the correction already.
    if (sequence.settings.term != Term::kVespo) fill(keep, size, [&](int t) { return keep[t] * correction[t]; });
    fill(tile.loss, size, [&](int t) { return tile.loss[t] * keep[t]; });
    fill(tile.ofLogp, size, [&](int t) { return tile.ofLogp[t] * keep[t]; });
    fill(tile.ofRatio, size, [&](int t) { return tile.ofRatio[t] * keep[t]; });
  }
  if (batch.ref != nullptr) addKl(sequence, in, ratio, correction, tile, sums);
  if (batch.entropy != nullptr) addEntropy(sequence, in, sums);
  ratioDerivative += splitDerivatives(sequence, in, tile.ofRatio);
  if (batch.gradLogp != nullptr) {
    const T weight = static_cast<T>(sequence.weight);
    T* out = batch.gradLogp + at;
    for (int t = 0; t < in.tile.count; ++t) {
      out[t] = in.tile.use[t] != T(0) ? (tile.ofLogp[t] + tile.ofRatio[t]) * weight : T(0);
    }
  }
  return sumOf(tile.loss, size);
}

// Every token of the sequence moves its ratio alike; a token that the geometric mean clips does not move it.
template <class T>
void flowThroughRatio(const Sequence<T>& sequence, double meanLogRatio, double ratioDerivative) {
  const PolicyBatch<T>& batch = sequence.batch;
  if (batch.gradLogp == nullptr || changed(boundedLogRatio(meanLogRatio), meanLogRatio)) return;
  const T each = static_cast<T>(ratioDerivative / sequence.count * sequence.weight);
  for (int64_t at = sequence.begin; at < sequence.end; at += kTile) {
    const TileInputs<T> in(sequence, at);
    T* out = batch.gradLogp + at;
    for (int t = 0; t < in.tile.count; ++t) {
      const bool flows =
          !sequence.geometric() || !changed(sequence.clippedLogRatio(in.logRatio[t], in.advantage[t]), in.logRatio[t]);
      out[t] += in.tile.use[t] != T(0) && flows ? each : T(0);
    }
  }
}

template <class T>
void countSequence(const Sequence<T>& sequence, const SequenceValues<T>& values, const Clipped& clipped,
                   PolicySums& sums) {
  const int64_t tokens = sequence.batch.counts[sequence.index];
  // A sequence with one ratio counts once, however long it is.
  const bool once = sequence.settings.level != Level::kToken;
  const double low = clipped.low / sequence.count, high = clipped.high / sequence.count;
  sums.clipLow += once ? low : clipped.low;
  sums.clipHigh += once ? high : clipped.high;
  sums.clipCount += once ? 1 : static_cast<double>(tokens);
  if (tokens > 0) {
    sums.clipLowMin = low < sums.clipLowMin ? low : sums.clipLowMin;
    sums.clipHighMax = high > sums.clipHighMax ? high : sums.clipHighMax;
  }
  if (sequence.correctedAsWhole()) {
    const double weight = values.correction;
    sums.correction += weight;
    sums.correctionCount += 1;
    sums.correctionMin = weight < sums.correctionMin ? weight : sums.correctionMin;
    sums.correctionMax = weight > sums.correctionMax ? weight : sums.correctionMax;
  }
}

template <class T>
void runSequence(const Sequence<T>& sequence, PolicySums& sums) {
  const SequenceValues<T> values = valuesOf(sequence);
  double loss = 0, ratioDerivative = 0;
  Clipped clipped;
  for (int64_t at = sequence.begin; at < sequence.end; at += kTile) {
    loss += runTile(sequence, values, at, ratioDerivative, clipped, sums);
  }
  sums.loss += loss * sequence.weight;
  if (sequence.hasOneRatio() && sequence.settings.level != Level::kSequenceToken) {
    flowThroughRatio(sequence, values.meanLogRatio, ratioDerivative);
  }
  countSequence(sequence, values, clipped, sums);
}

template <class T>
void sequencePass(const PolicyBatch<T>& batch, const PolicySettings& settings, int64_t begin, int64_t end,
                  PolicySums& sums) {
  for (int64_t index = begin; index < end; ++index) runSequence(Sequence<T>(batch, settings, index), sums);
}

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
