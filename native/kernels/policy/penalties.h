// What joins the policy term of a tile's tokens: before it what multiplies it (whether a token counts at all, and the
// importance weight that corrects for a sampler other than the old policy), after it what is added to it (the KL penalty
// against the reference, and the entropy bonus).
#pragma once

#include "engine.h"
#include "tile.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

// ---- weights -------------------------------------------------------------------------------------------------------

// 0 for tokens whose policy term is dropped: of low entropy, or pushed down in a sequence that is off-policy.
template <class T>
void keepTokens(const Sequence<T>& sequence, bool offPolicy, const TileInputs<T>& in, T* keep) {
  const int size = in.tile.size;
  fill(keep, size, [](int) { return T(1); });
  if (offPolicy) fill(keep, size, [&](int t) { return in.advantage[t] < T(0) ? T(0) : keep[t]; });
  if (sequence.filteredByEntropy()) {
    alignas(64) TileArray<T> entropy;
    in.tile.load(entropy, sequence.batch.entropy);
    const T threshold = static_cast<T>(sequence.settings.entropyThreshold);
    // Whether a token without an entropy counts is not known.
    fill(entropy, size, [&](int t) { return entropy[t] - threshold; });
    fill(keep, size, [&](int t) { return entropy[t] < T(0) ? T(0) : keep[t]; });
    fill(keep, size, [&](int t) { return entropy[t] == entropy[t] ? keep[t] : entropy[t]; });
  }
}

// |old - sampler| over the tokens that the sampler scored.
template <class T>
void countDifferences(const TileInputs<T>& in, const T* difference, PolicySums& sums) {
  const int size = in.tile.size;
  const T* use = in.tile.use;
  alignas(64) TileArray<T> one;
  fill(one, size, [&](int t) { return difference[t] < T(0) ? -difference[t] : difference[t]; });
  sums.difference += sumOf(one, size);
  const double most = greatestOf(one, size);
  sums.differenceMax = most > sums.differenceMax ? most : sums.differenceMax;
  in.tile.load(one, in.tile.batch.sampler);
  sums.differenceCount += sumOfEach<T>(size, [&](int t) { return one[t] == one[t] ? use[t] : T(0); });
}

template <class T>
void countCorrections(const TileInputs<T>& in, const T* weight, PolicySums& sums) {
  const int size = in.tile.size;
  const T* use = in.tile.use;
  alignas(64) TileArray<T> one;
  fill(one, size, [&](int t) { return use[t] != T(0) ? weight[t] : T(kInfinity); });
  const double least = leastOf(one, size);
  fill(one, size, [&](int t) { return use[t] != T(0) ? weight[t] : T(-kInfinity); });
  const double largest = greatestOf(one, size);
  sums.correctionMin = least < sums.correctionMin ? least : sums.correctionMin;
  sums.correctionMax = largest > sums.correctionMax ? largest : sums.correctionMax;
  sums.correction += sumOfEach<T>(size, [&](int t) { return use[t] * weight[t]; });
  sums.correctionCount += sumOf(use, size);
}

// `ofSequence`: the sequence's weight, 1 where tokens have their own.
template <class T>
void correctTokens(const Sequence<T>& sequence, T ofSequence, const TileInputs<T>& in, T* correction,
                   PolicySums& sums) {
  const int size = in.tile.size;
  fill(correction, size, [=](int) { return ofSequence; });
  if (sequence.batch.sampler == nullptr) return;
  alignas(64) TileArray<T> difference;
  in.samplerDifferences(difference);
  countDifferences(in, difference, sums);
  if (!sequence.corrected() || sequence.correctedAsWhole()) return;
  fill(correction, size, [&](int t) { return sequence.boundedCorrection(exponential(boundedLogRatio(difference[t]))); });
  countCorrections(in, correction, sums);
}

// ---- penalties -----------------------------------------------------------------------------------------------------

// An estimate of KL(pi || ref) from x = ref - logp, and its derivative in logp. k3 is exp(x) - x - 1 (Schulman 2020).
template <KlEstimator estimator, class T>
inline TokenLoss<T> klTerm(T difference) {
  const T x = boundedLogRatio(difference);
  TokenLoss<T> term{};
  if constexpr (estimator == KlEstimator::kK1) term = {-x, T(1)};
  if constexpr (estimator == KlEstimator::kK2) term = {x * x / T(2), -x};
  if constexpr (estimator == KlEstimator::kK3) {
    const T e = exponential(x);
    term = {e - x - T(1), T(1) - e};
  }
  if constexpr (estimator == KlEstimator::kAbs) {
    term = {x < T(0) ? -x : x, x < T(0) ? T(1) : (x > T(0) ? T(-1) : T(0))};
  }
  // Beyond the bound the estimate is constant.
  term.derivative = changed(x, difference) ? T(0) : term.derivative;
  return term;
}

template <KlEstimator estimator, class T>
void addKlBy(const Sequence<T>& sequence, const TileInputs<T>& in, const T* ratio, const T* correction,
             TileLoss<T>& tile, PolicySums& sums) {
  const int size = in.tile.size;
  alignas(64) TileArray<T> ref, value, derivative;
  in.tile.loadLogp(ref, sequence.batch.ref);
  for (int t = 0; t < size; ++t) {
    const TokenLoss<T> kl = klTerm<estimator>(ref[t] - in.logp[t]);
    value[t] = kl.loss;
    derivative[t] = kl.derivative;
  }
  sums.kl += sumOf(value, size);
  const T beta = static_cast<T>(sequence.settings.beta);
  if (beta == T(0)) return;
  if (sequence.settings.importanceCorrectionKl) {
    fill(value, size, [&](int t) { return value[t] * correction[t]; });
    fill(derivative, size, [&](int t) { return derivative[t] * correction[t]; });
  }
  if (sequence.settings.useBiasCorrectionKl) {
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
        return changed(boundedLogRatio(in.logRatio[t]), in.logRatio[t]) ? derivative[t] : derivative[t] + value[t];
      });
    } else {
      fill(tile.ofRatio, size, [&](int t) { return tile.ofRatio[t] + beta * value[t]; });
    }
  }
  fill(tile.loss, size, [&](int t) { return tile.loss[t] + beta * value[t]; });
  fill(tile.ofLogp, size, [&](int t) { return tile.ofLogp[t] + beta * derivative[t]; });
}

template <class T>
void addKl(const Sequence<T>& sequence, const TileInputs<T>& in, const T* ratio, const T* correction, TileLoss<T>& tile,
           PolicySums& sums) {
  switch (sequence.settings.klEstimator) {
    case KlEstimator::kK1: return addKlBy<KlEstimator::kK1>(sequence, in, ratio, correction, tile, sums);
    case KlEstimator::kK2: return addKlBy<KlEstimator::kK2>(sequence, in, ratio, correction, tile, sums);
    case KlEstimator::kK3: return addKlBy<KlEstimator::kK3>(sequence, in, ratio, correction, tile, sums);
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
  // A bonus in which no token takes part still has a gradient: zeros.
  if (settings.entropyWeight == 0 && sequence.batch.gradEntropy == nullptr) return;
  const bool some = sequence.filteredByEntropy();
  const T threshold = static_cast<T>(settings.entropyThreshold);
  const T weight = static_cast<T>(-settings.entropyWeight);
  sums.loss -= settings.entropyWeight *
               sumOfEach<T>(in.tile.size, [&](int t) { return some && entropy[t] < threshold ? T(0) : entropy[t]; });
  if (sequence.batch.gradEntropy == nullptr) return;
  T* out = sequence.batch.gradEntropy + in.tile.at;
  for (int t = 0; t < in.tile.count; ++t) {
    out[t] = in.tile.use[t] == T(0) || (some && entropy[t] < threshold) ? T(0) : weight;
  }
}

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
