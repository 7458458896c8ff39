// A run of tokens of one sequence in local arrays, padded to whole vectors: elementary functions, the loops over the
// arrays, and what the stages of the pass load into them. Every loop is simple and of a fixed step, so that the compiler
// turns it into vectors; a masked or padded token is loaded as zeros, whatever it holds, so that nothing after the load
// needs to ask.
#pragma once

#include <math.h>

#include <cstdint>
#include <cstring>

#include "policy_loss.h"

// Translation units for different instruction sets must not share compiled copies of these functions.
#ifndef EARSIGHT_POLICY_TARGET
#define EARSIGHT_POLICY_TARGET portable
#endif

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

// ---- elementary functions ------------------------------------------------------------------------------------------

inline double exponential(double x) { return exp(x); }

// Within 2 units in the last place for |x| <= 87: 2^n e^f with |f| <= ln(2) / 2 and Taylor's series of degree 7.
inline float exponential(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const float shifted = x * 1.44269504f + kRound;
  const float n = shifted - kRound;
  const float f = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * f + 1.0f / 720;
  p = p * f + 1.0f / 120;
  p = p * f + 1.0f / 24;
  p = p * f + 1.0f / 6;
  p = p * f + 0.5f;
  p = p * f + 1.0f;
  p = p * f + 1.0f;
  int32_t word;
  std::memcpy(&word, &shifted, sizeof word);
  word = static_cast<int32_t>((static_cast<uint32_t>(word) + 127u) << 23);
  float power;
  std::memcpy(&power, &word, sizeof power);
  return p * power;
}

inline double logarithm(double x) { return log(x); }
inline float logarithm(float x) { return logf(x); }

// NaN stays NaN, here and wherever a choice follows: each asks whether a value lies beyond its bound, which NaN does not.
template <class T>
inline T atMost(T x, T bound) {
  return bound < x ? bound : x;
}

template <class T>
inline T atLeast(T x, T bound) {
  return bound > x ? bound : x;
}

// Whether a bound has changed x to `bounded`.
template <class T>
inline bool changed(T bounded, T x) {
  return bounded < x || bounded > x;
}

template <class T>
inline T clamped(T x, T low, T high) {
  return atMost(atLeast(x, low), high);
}

template <class T>
inline T sigmoid(T x) {
  return T(1) / (T(1) + exponential(clamped(-x, T(-80), T(80))));
}

// exp overflows float32 beyond 88, and an infinite ratio times a clipped gradient is NaN.
constexpr double kMaxLogRatio = 20;

template <class T>
inline T boundedLogRatio(T x) {
  return clamped(x, T(-kMaxLogRatio), T(kMaxLogRatio));
}

// ---- arrays --------------------------------------------------------------------------------------------------------

constexpr int kTile = 256;
constexpr int kLanes = 16;  // sums run over this many lanes whatever the instruction set

template <class T>
constexpr T kLeastLogp = sizeof(T) == sizeof(float) ? T(-87.3365448) : T(-708.396418532264);

template <class T>
using TileArray = T[kTile];

template <class T, class Function>
inline void fill(T* out, int size, const Function& function) {
  for (int t = 0; t < size; ++t) out[t] = function(t);
}

// Folds `values`, lane by lane. An array and never an expression: of a fold with a choice in it GCC 12 makes no vectors,
// and wrong ones for double.
template <class T, class Fold>
inline T foldLanes(const T* values, int size, T start, const Fold& fold) {
  T lanes[kLanes];
  for (int l = 0; l < kLanes; ++l) lanes[l] = start;
  for (int t = 0; t < size; t += kLanes) {
    for (int l = 0; l < kLanes; ++l) lanes[l] = fold(lanes[l], values[t + l]);
  }
  T result = start;
  for (int l = 0; l < kLanes; ++l) result = fold(result, lanes[l]);
  return result;
}

template <class T>
inline double sumOf(const T* values, int size) {
  return foldLanes(values, size, T(0), [](T a, T b) { return a + b; });
}

template <class T>
inline double leastOf(const T* values, int size) {
  return foldLanes(values, size, T(kInfinity), [](T a, T b) { return b < a ? b : a; });
}

template <class T>
inline double greatestOf(const T* values, int size) {
  return foldLanes(values, size, T(-kInfinity), [](T a, T b) { return b > a ? b : a; });
}

// The sum of function(t).
template <class T, class Function>
inline double sumOfEach(int size, const Function& function) {
  alignas(64) TileArray<T> values;
  fill(values, size, function);
  return sumOf(values, size);
}

// The tokens [at, at + count) of a batch.
template <class T>
struct Tile {
  const PolicyBatch<T>& batch;
  int64_t at;
  int count, size;  // size: count rounded up to whole lanes
  alignas(64) TileArray<T> use;  // 1 in the loss, 0 not

  Tile(const PolicyBatch<T>& from, int64_t begin, int64_t end)
      : batch(from),
        at(begin),
        count(static_cast<int>(end - begin < kTile ? end - begin : kTile)),
        size((count + kLanes - 1) / kLanes * kLanes) {
    for (int t = 0; t < count; ++t) use[t] = batch.mask == nullptr || batch.mask[at + t] != 0 ? T(1) : T(0);
    for (int t = count; t < size; ++t) use[t] = T(0);
  }

  // change(value) where the token is in the loss, else 0.
  template <class Change>
  void load(T* out, const T* from, const Change& change) const {
    from += at;
    // The next tile's: a tile is too short for the hardware to foresee it in each of seven streams.
    for (int t = 0; t < kTile; t += 64 / static_cast<int>(sizeof(T))) __builtin_prefetch(from + kTile + t);
    if (batch.mask == nullptr) {
      for (int t = 0; t < count; ++t) out[t] = change(from[t]);
    } else {
      for (int t = 0; t < count; ++t) out[t] = use[t] != T(0) ? change(from[t]) : T(0);
    }
    for (int t = count; t < size; ++t) out[t] = T(0);
  }

  void load(T* out, const T* from) const {
    load(out, from, [](T x) { return x; });
  }

  // A token of probability 0 counts as one of the smallest: its logarithm stays finite.
  void loadLogp(T* out, const T* from) const {
    load(out, from, [](T x) { return x < kLeastLogp<T> ? kLeastLogp<T> : x; });
  }

  void loadAdvantages(T* out, int64_t sequence) const {
    if (batch.advantagePerToken) return load(out, batch.advantages);
    const T advantage = batch.advantages[sequence];
    fill(out, size, [&](int t) { return use[t] != T(0) ? advantage : T(0); });
  }
};

// ---- what the stages of the pass read and write --------------------------------------------------------------------

inline bool truncates(ImportanceCorrection correction) {
  return correction == ImportanceCorrection::kTokenTruncate || correction == ImportanceCorrection::kSequenceTruncate;
}

inline bool correctsSequences(ImportanceCorrection correction) {
  return correction == ImportanceCorrection::kSequenceTruncate || correction == ImportanceCorrection::kSequenceMask;
}

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

  bool geometric() const { return settings.term == Term::kGeoMean; }
  bool hasOneRatio() const { return settings.level != Level::kToken || geometric(); }
  bool corrected() const {
    return settings.importanceCorrection != ImportanceCorrection::kNone && batch.sampler != nullptr;
  }
  bool correctedAsWhole() const { return batch.sampler != nullptr && correctsSequences(settings.importanceCorrection); }
  bool filteredByEntropy() const { return settings.entropyThreshold != -kInfinity; }

  // The log-ratio as the geometric mean counts it: clipped on the side to which A pushes.
  T clippedLogRatio(T logRatio, T advantage) const {
    const T low = static_cast<T>(-settings.epsilon), high = static_cast<T>(settings.epsilonHigh);
    return advantage < T(0) ? atLeast(logRatio, low) : atMost(logRatio, high);
  }

  // A weight of importance within its bounds: truncated to them, or 0 beyond them.
  T boundedCorrection(T weight) const {
    const T least = static_cast<T>(settings.importanceCorrectionMin), most = static_cast<T>(settings.importanceCorrectionMax);
    if (truncates(settings.importanceCorrection)) return clamped(weight, least, most);
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

// derivative: d loss / d log r for losses of the ratio, d loss / d logp for those that multiply logp by a constant.
template <class T>
struct TokenLoss {
  T loss, derivative;
};

// What becomes of a tile's tokens, stage by stage.
template <class T>
struct TileLoss {
  alignas(64) TileArray<T> loss;
  alignas(64) TileArray<T> ofLogp;   // d loss / d logp, the ratio held
  alignas(64) TileArray<T> ofRatio;  // d loss / d log r
};

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
