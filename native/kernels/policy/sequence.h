// One sequence of a batch as the stages of its pass see it, and the tile of inputs that each of them starts from.
#pragma once

#include "tile.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

template <class T>
struct Sequence {
  const PolicyBatch<T>& batch;
  const PolicySettings& settings;
  const int64_t index, begin, end;
  const double count;   // tokens in the loss, at least 1
  const double weight;  // of one token

  Sequence(const PolicyBatch<T>& from, const PolicySettings& with, int64_t which)
      : batch(from),
        settings(with),
        index(which),
        begin(from.offsets[which]),
        end(from.offsets[which + 1]),
        count(static_cast<double>(from.counts[which] > 1 ? from.counts[which] : 1)),
        weight(with.tokenWeight / (with.perSequence ? count : 1)) {}

  bool geometric() const { return settings.form == Form::kGeometricMean; }
  bool hasOneRatio() const { return settings.level != Level::kToken || geometric(); }
  bool corrected() const { return settings.correction != Correction::kNone && batch.sampler != nullptr; }
  bool correctedAsWhole() const { return corrected() && settings.correctSequences; }
  bool filteredByEntropy() const { return settings.entropyThreshold > -kInfinity; }

  // The log-ratio as the geometric mean counts it: clipped on the side to which A pushes.
  T clippedLogRatio(T logRatio, T advantage) const {
    const T low = static_cast<T>(-settings.epsilonLow), high = static_cast<T>(settings.epsilonHigh);
    return advantage < T(0) ? atLeast(logRatio, low) : atMost(logRatio, high);
  }

  // A weight of importance within its bounds: truncated to them, or 0 beyond them.
  T boundedCorrection(T weight) const {
    const T least = static_cast<T>(settings.correctionMin), most = static_cast<T>(settings.correctionMax);
    if (settings.correction == Correction::kTruncate) return clamped(weight, least, most);
    return weight < least || weight > most ? T(0) : weight;
  }
};

template <class T>
struct TileInputs {
  Tile<T> tile;
  alignas(64) TileArray<T> logp, old, logRatio, advantage;

  TileInputs(const Sequence<T>& sequence, int64_t at) : tile(sequence.batch, at, sequence.end) {
    const PolicyBatch<T>& batch = sequence.batch;
    tile.loadLogp(logp, batch.logp);
    tile.loadLogp(old, batch.old == nullptr ? batch.logp : batch.old);
    fill(logRatio, tile.size, [&](int t) { return logp[t] - old[t]; });
    tile.loadAdvantages(advantage, sequence.index);
  }

  // old - sampler; a token that the sampler could not score (NaN) has no difference.
  void samplerDifferences(T* out) const {
    tile.loadLogp(out, tile.batch.sampler);
    fill(out, tile.size, [&](int t) { return out[t] == out[t] ? old[t] - out[t] : T(0); });
  }
};

// What becomes of a tile's tokens, stage by stage.
template <class T>
struct TileLoss {
  alignas(64) TileArray<T> loss;
  alignas(64) TileArray<T> direct;  // d loss / d logp, the ratio held
  alignas(64) TileArray<T> slope;   // d loss / d log r
};

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
