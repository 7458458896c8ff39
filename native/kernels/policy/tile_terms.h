// The policy's own term over a tile: the form's loss and slope for each token, and what is counted beside it.
#pragma once

#include "sequence_values.h"
#include "sums.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

// Of one sequence: tokens past the lower bound with A < 0, past the upper with A > 0.
struct Clipped {
  double low = 0, high = 0;
};

template <class T, class Low, class High>
void countClipped(const TileInputs<T>& in, const Low& low, const High& high, const T* ratio, Clipped& clipped) {
  const T* a = in.advantage;
  const int size = in.tile.size;
  alignas(64) TileArray<T> past;
  // One comparison a loop: GCC 12 makes wrong vectors of two joined ones for double.
  fill(past, size, [&](int t) { return low(ratio[t], t) ? T(1) : T(0); });
  fill(past, size, [&](int t) { return a[t] < T(0) ? past[t] : T(0); });
  clipped.low += sumOf(past, size);
  fill(past, size, [&](int t) { return high(ratio[t], t) ? T(1) : T(0); });
  fill(past, size, [&](int t) { return a[t] > T(0) ? past[t] : T(0); });
  clipped.high += sumOf(past, size);
}

// VESPO's weights, for their mean: one a token where advantages are a token's, else one a sequence.
template <class T>
void countPhi(const Sequence<T>& sequence, const TileInputs<T>& in, T positive, T negative, PolicySums& sums) {
  const PolicyBatch<T>& batch = sequence.batch;
  if (batch.advantagePerToken) {
    sums.phi += sumOfEach<T>(in.tile.size, [&](int t) {
      return in.tile.use[t] * (in.advantage[t] >= T(0) ? positive : negative);
    });
    sums.phiCount += sumOf(in.tile.use, in.tile.size);
  } else if (in.tile.at == sequence.begin) {
    sums.phi += batch.advantages[sequence.index] >= T(0) ? positive : negative;
    sums.phiCount += 1;
  }
}

// Fills loss, and direct or slope: of a loss that weighs logp by a constant, no gradient flows through the ratio.
template <class T>
void policyTerms(const Sequence<T>& sequence, const SequenceValues<T>& values, const TileInputs<T>& in, const T* ratio,
                 TileLoss<T>& tile, Clipped& clipped, PolicySums& sums) {
  const PolicySettings& s = sequence.settings;
  const int size = in.tile.size;
  const T from = static_cast<T>(1 - s.epsilonLow), to = static_cast<T>(1 + s.epsilonHigh);
  const T delta = static_cast<T>(s.delta), high = static_cast<T>(s.epsilonHigh), low = static_cast<T>(s.epsilonLow);
  const auto each = [&](T* slope, T* other, const auto& term) {
    for (int t = 0; t < size; ++t) {
      const Term<T> one = term(ratio[t], in.advantage[t], in.logp[t], t);
      tile.loss[t] = one.loss;
      slope[t] = one.slope;
    }
    fill(other, size, [](int) { return T(0); });
  };
  const auto ofRatio = [&](const auto& term) { each(tile.slope, tile.direct, term); };
  const auto ofLogp = [&](const auto& term) { each(tile.direct, tile.slope, term); };
  const auto count = [&](const auto& isLow, const auto& isHigh) { countClipped(in, isLow, isHigh, ratio, clipped); };
  switch (s.form) {
    case Form::kClipped: {
      const T dual = static_cast<T>(s.dualClip);
      ofRatio([=](T r, T a, T, int) { return clippedTerm(r, a, from, to, delta, dual); });
      count([=](T r, int) { return r < from; }, [=](T r, int) { return r > to; });
      return;
    }
    case Form::kGeometricMean:
      ofRatio([](T r, T a, T, int) { return Term<T>{-r * a, -r * a}; });
      count([&](T, int t) { return in.logRatio[t] < -low; }, [&](T, int t) { return in.logRatio[t] > high; });
      return;
    case Form::kSoft: {
      const T positive = static_cast<T>(s.softTauPositive), negative = static_cast<T>(s.softTauNegative);
      ofRatio([=](T r, T a, T, int) { return softTerm(r, a, positive, negative); });
      return;
    }
    case Form::kCispo:
      ofLogp([=](T r, T a, T logp, int) { return weighedTerm(atMost(r, high), a, logp); });
      count([](T, int) { return false; }, [=](T r, int) { return r > high; });
      return;
    case Form::kCispoRelative:
      ofLogp([=](T r, T a, T logp, int) { return weighedTerm(clamped(r, from, to), a, logp); });
      count([=](T r, int) { return r < from; }, [=](T r, int) { return r > to; });
      return;
    case Form::kDppoTv:
    case Form::kDppoKl: {
      const auto tooFar = [&](int t) {
        const T p = exponential(in.logp[t]), pOld = exponential(in.old[t]), a = in.advantage[t];
        return s.form == Form::kDppoTv ? movedTooFarTv(p, pOld, a, low, high)
                                       : movedTooFarKl(p, pOld, in.logp[t], in.old[t], a, low, high);
      };
      ofLogp([&](T r, T a, T logp, int t) { return weighedTerm(tooFar(t) ? T(0) : atMost(r, delta), a, logp); });
      count([&](T, int t) { return tooFar(t); }, [&](T, int t) { return tooFar(t); });
      return;
    }
    case Form::kGamma: {
      const T positive = values.phiPositive, negative = values.phiNegative;
      ofLogp([=](T, T a, T logp, int) { return weighedTerm(a >= T(0) ? positive : negative, a, logp); });
      countPhi(sequence, in, positive, negative, sums);
      return;
    }
    case Form::kPlain:
      ofLogp([](T, T a, T logp, int) { return weighedTerm(T(1), a, logp); });
      return;
  }
}

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
