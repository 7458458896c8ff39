// What is added to the policy's term of a tile's tokens: the KL penalty against the reference, and the entropy bonus.
#pragma once

#include "sequence.h"
#include "sums.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

template <KlEstimator estimator, class T>
void addKlBy(const Sequence<T>& sequence, const TileInputs<T>& in, const T* ratio, const T* correction,
             TileLoss<T>& tile, PolicySums& sums) {
  const int size = in.tile.size;
  alignas(64) TileArray<T> ref, value, derivative;
  in.tile.loadLogp(ref, sequence.batch.ref);
  for (int t = 0; t < size; ++t) {
    const Term<T> kl = klTerm<estimator>(ref[t] - in.logp[t]);
    value[t] = kl.loss;
    derivative[t] = kl.slope;
  }
  sums.kl += sumOf(value, size);
  const T beta = static_cast<T>(sequence.settings.beta);
  if (beta == T(0)) return;
  if (sequence.settings.correctKl) {
    fill(value, size, [&](int t) { return value[t] * correction[t]; });
    fill(derivative, size, [&](int t) { return derivative[t] * correction[t]; });
  }
  if (sequence.settings.klTimesRatio) {
    // A clipped mean over the sequence is no importance ratio: there each token has its own.
    alignas(64) TileArray<T> own;
    if (sequence.geometric()) {
      fill(own, size, [&](int t) { return exponential(boundedLogRatio(in.logRatio[t])); });
      ratio = own;
    }
    fill(value, size, [&](int t) { return value[t] * ratio[t]; });
    fill(derivative, size, [&](int t) { return derivative[t] * ratio[t]; });
    if (sequence.geometric()) {
      fill(derivative, size, [&](int t) {
        return boundedLogRatio(in.logRatio[t]) == in.logRatio[t] ? derivative[t] + value[t] : derivative[t];
      });
    } else {
      fill(tile.slope, size, [&](int t) { return tile.slope[t] + beta * value[t]; });
    }
  }
  fill(tile.loss, size, [&](int t) { return tile.loss[t] + beta * value[t]; });
  fill(tile.direct, size, [&](int t) { return tile.direct[t] + beta * derivative[t]; });
}

template <class T>
void addKl(const Sequence<T>& sequence, const TileInputs<T>& in, const T* ratio, const T* correction, TileLoss<T>& tile,
           PolicySums& sums) {
  switch (sequence.settings.kl) {
    case KlEstimator::k1: return addKlBy<KlEstimator::k1>(sequence, in, ratio, correction, tile, sums);
    case KlEstimator::k2: return addKlBy<KlEstimator::k2>(sequence, in, ratio, correction, tile, sums);
    case KlEstimator::k3: return addKlBy<KlEstimator::k3>(sequence, in, ratio, correction, tile, sums);
    case KlEstimator::kAbs: return addKlBy<KlEstimator::kAbs>(sequence, in, ratio, correction, tile, sums);
  }
}

// Straight to the sums and to gradEntropy: nothing else of a token depends on its entropy's gradient.
template <class T>
void addEntropy(const Sequence<T>& sequence, const TileInputs<T>& in, PolicySums& sums) {
  const PolicySettings& settings = sequence.settings;
  alignas(64) TileArray<T> entropy;
  in.tile.load(entropy, sequence.batch.entropy);
  sums.entropy += sumOf(entropy, in.tile.size);
  // A bonus of which no token has a share still has a gradient: zeros.
  if (settings.entropyWeight == 0 && sequence.batch.gradEntropy == nullptr) return;
  const bool some = sequence.filteredByEntropy();
  const T threshold = static_cast<T>(settings.entropyThreshold);
  const T weight = static_cast<T>(-settings.entropyWeight);
  sums.loss -= settings.entropyWeight *
               sumOfEach<T>(in.tile.size, [&](int t) { return !some || entropy[t] >= threshold ? entropy[t] : T(0); });
  if (sequence.batch.gradEntropy == nullptr) return;
  T* out = sequence.batch.gradEntropy + in.tile.at;
  for (int t = 0; t < in.tile.count; ++t) {
    out[t] = in.tile.use[t] != T(0) && (!some || entropy[t] >= threshold) ? weight : T(0);
  }
}

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
