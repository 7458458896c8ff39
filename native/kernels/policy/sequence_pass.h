// The pass over one sequence: what it has one of (sequence_values.h), then its tokens tile by tile, then what flows back
// through a sequence's ratio. Included by one translation unit for each instruction set.
#pragma once

#include "tile_penalties.h"
#include "tile_terms.h"
#include "tile_weights.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

template <class T>
void fillRatios(const Sequence<T>& sequence, double meanLogRatio, const TileInputs<T>& in, T* ratio) {
  const int size = in.tile.size;
  if (sequence.hasOneRatio()) {
    const T value = static_cast<T>(exp(boundedLogRatio(meanLogRatio)));
    fill(ratio, size, [&](int) { return value; });
  } else if (sequence.batch.old == nullptr) {
    fill(ratio, size, [](int) { return T(1); });
  } else {
    fill(ratio, size, [&](int t) { return exponential(boundedLogRatio(in.logRatio[t])); });
  }
}

// Leaves in `slope` what flows through each token's own ratio; returns the sum of what flows through the sequence's.
template <class T>
double splitSlopes(const Sequence<T>& sequence, const TileInputs<T>& in, T* slope) {
  const int size = in.tile.size;
  double ofSequence = 0;
  if (sequence.settings.level == Level::kSequence || sequence.geometric()) {
    ofSequence = sumOf(slope, size);
    fill(slope, size, [](int) { return T(0); });
  } else if (sequence.settings.level == Level::kToken) {
    fill(slope, size, [&](int t) { return boundedLogRatio(in.logRatio[t]) == in.logRatio[t] ? slope[t] : T(0); });
  }
  return ofSequence;
}

// One tile's part in the loss, before the token's weight, and its gradient but for what flows through a sequence's
// ratio, which is added to `slopeOfRatio`.
template <class T>
double runTile(const Sequence<T>& sequence, const SequenceValues<T>& values, int64_t at, double& slopeOfRatio,
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
    fill(tile.loss, size, [&](int t) { return tile.loss[t] * keep[t] * correction[t]; });
    fill(tile.direct, size, [&](int t) { return tile.direct[t] * keep[t] * correction[t]; });
    fill(tile.slope, size, [&](int t) { return tile.slope[t] * keep[t] * correction[t]; });
  }
  if (batch.ref != nullptr) addKl(sequence, in, ratio, correction, tile, sums);
  if (batch.entropy != nullptr) addEntropy(sequence, in, sums);
  slopeOfRatio += splitSlopes(sequence, in, tile.slope);
  if (batch.gradLogp != nullptr) {
    const T weight = static_cast<T>(sequence.weight);
    T* out = batch.gradLogp + at;
    for (int t = 0; t < in.tile.count; ++t) {
      out[t] = in.tile.use[t] != T(0) ? (tile.direct[t] + tile.slope[t]) * weight : T(0);
    }
  }
  return sumOf(tile.loss, size);
}

// Every token of the sequence moves its ratio alike; a token that the geometric mean clips does not move it.
template <class T>
void flowThroughRatio(const Sequence<T>& sequence, double meanLogRatio, double slopeOfRatio) {
  const PolicyBatch<T>& batch = sequence.batch;
  if (batch.gradLogp == nullptr || boundedLogRatio(meanLogRatio) != meanLogRatio) return;
  const T share = static_cast<T>(slopeOfRatio / sequence.count * sequence.weight);
  for (int64_t at = sequence.begin; at < sequence.end; at += kTile) {
    const TileInputs<T> in(sequence, at);
    T* out = batch.gradLogp + at;
    for (int t = 0; t < in.tile.count; ++t) {
      const bool flows =
          !sequence.geometric() || sequence.clippedLogRatio(in.logRatio[t], in.advantage[t]) == in.logRatio[t];
      out[t] += in.tile.use[t] != T(0) && flows ? share : T(0);
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
  double loss = 0, slopeOfRatio = 0;
  Clipped clipped;
  for (int64_t at = sequence.begin; at < sequence.end; at += kTile) {
    loss += runTile(sequence, values, at, slopeOfRatio, clipped, sums);
  }
  sums.loss += loss * sequence.weight;
  if (sequence.hasOneRatio() && sequence.settings.level != Level::kSequenceToken) {
    flowThroughRatio(sequence, values.meanLogRatio, slopeOfRatio);
  }
  countSequence(sequence, values, clipped, sums);
}

template <class T>
void sequencePass(const PolicyBatch<T>& batch, const PolicySettings& settings, int64_t begin, int64_t end,
                  PolicySums& sums) {
  for (int64_t index = begin; index < end; ++index) runSequence(Sequence<T>(batch, settings, index), sums);
}

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
