// The terms of the policy losses (the table in lib/kernels/policy-losses.ts): each formula for one token with its
// derivative in closed form, and the walk over a tile that applies it and counts what is reported beside it. Ratios here
// are positive and finite or NaN (log-ratios are bounded before exp), log-probabilities finite or NaN.
//
//   r = pi / pi_old of the token or of its sequence, A the advantage, [lo, hi] = [1 - epsilon, 1 + epsilonHigh]
#pragma once

#include "engine.h"
#include "tile.h"

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

// ---- formulas ------------------------------------------------------------------------------------------------------

// -min(min(r, delta) A, clip(r, lo, hi) A), at most dualClip |A| where A < 0. PPO, arXiv 1707.06347; delta:
// INTELLECT-2, arXiv 2505.07291; dual clip: arXiv 1912.09729.
template <class T>
inline TokenLoss<T> clippedTerm(T r, T a, T low, T high, T delta, T dualClip) {
  const T free = atMost(r, delta) * a;
  const T clip = clamped(r, low, high) * a;
  T loss = free > clip ? -clip : -free;
  T derivative = (free > clip || r > delta) ? T(0) : -r * a;
  const bool dual = a < T(0) && loss > -dualClip * a;
  loss = dual ? -dualClip * a : loss;
  derivative = dual ? T(0) : derivative;
  return {loss, derivative};
}

// -(4 / tau) sigmoid(tau (r - 1)) A. SAPO, arXiv 2511.20347.
template <class T>
inline TokenLoss<T> softTerm(T r, T a, T tauPositive, T tauNegative) {
  const T tau = a > T(0) ? tauPositive : tauNegative;
  const T gate = sigmoid(tau * (r - T(1)));
  return {-T(4) / tau * gate * a, -T(4) * gate * (T(1) - gate) * r * a};
}

// -weight A logp, the weight without gradient: CISPO, DPPO, VESPO, GPG, REINFORCE.
template <class T>
inline TokenLoss<T> weightedTerm(T weight, T a, T logp) {
  return {-weight * a * logp, -weight * a};
}

// Whether the probability (of the token, against all others) has moved too far in the direction of A: total variation
// |pi - pi_old|, or KL of the two binary distributions. DPPO, arXiv 2602.04879.
template <class T>
inline bool movedTooFarTv(T p, T pOld, T a, T low, T high) {
  return a > T(0) ? p - pOld > high : p - pOld < -low;
}

template <class T>
inline bool movedTooFarKl(T p, T pOld, T logp, T logpOld, T a, T low, T high) {
  const T tiny = T(1e-8);
  const T kl = pOld * (logpOld - logp) + (T(1) - pOld) * logarithm((T(1) - pOld + tiny) / (T(1) - p + tiny));
  return a > T(0) ? p > pOld && kl > high : p < pOld && kl > low;
}

// phi(w) = exp(lambda + k log w - lambda w). VESPO, arXiv 2602.10693.
inline double gammaWeight(double logW, double k, double lambda) {
  return exp(lambda + k * logW - lambda * exp(logW));
}

// ---- a tile --------------------------------------------------------------------------------------------------------

// What a whole sequence has one of.
template <class T>
struct SequenceValues {
  double meanLogRatio = 0;
  bool offPolicy = false;
  T correction = T(1);
  T phiPositive = T(0), phiNegative = T(0);
};

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

// Fills loss, and ofLogp or ofRatio: of a loss that multiplies logp by a constant, no gradient flows through the ratio.
template <class T>
void policyTerms(const Sequence<T>& sequence, const SequenceValues<T>& values, const TileInputs<T>& in, const T* ratio,
                 TileLoss<T>& tile, Clipped& clipped, PolicySums& sums) {
  const PolicySettings& s = sequence.settings;
  const int size = in.tile.size;
  const T from = static_cast<T>(1 - s.epsilon), to = static_cast<T>(1 + s.epsilonHigh);
  const T delta = static_cast<T>(s.delta), high = static_cast<T>(s.epsilonHigh), low = static_cast<T>(s.epsilon);
  const auto each = [&](T* derivative, T* other, const auto& term) {
    for (int t = 0; t < size; ++t) {
      const TokenLoss<T> one = term(ratio[t], in.advantage[t], in.logp[t], t);
      tile.loss[t] = one.loss;
      derivative[t] = one.derivative;
    }
    fill(other, size, [](int) { return T(0); });
  };
  const auto ofRatio = [&](const auto& term) { each(tile.ofRatio, tile.ofLogp, term); };
  const auto ofLogp = [&](const auto& term) { each(tile.ofLogp, tile.ofRatio, term); };
  const auto count = [&](const auto& isLow, const auto& isHigh) { countClipped(in, isLow, isHigh, ratio, clipped); };
  switch (s.term) {
    case Term::kClipped: {
      const T dual = static_cast<T>(s.dualClip);
      ofRatio([=](T r, T a, T, int) { return clippedTerm(r, a, from, to, delta, dual); });
      count([=](T r, int) { return r < from; }, [=](T r, int) { return r > to; });
      return;
    }
    case Term::kGeoMean:
      ofRatio([](T r, T a, T, int) { return TokenLoss<T>{-r * a, -r * a}; });
      count([&](T, int t) { return in.logRatio[t] < -low; }, [&](T, int t) { return in.logRatio[t] > high; });
      return;
    case Term::kSapo: {
      const T positive = static_cast<T>(s.sapoTemperaturePos), negative = static_cast<T>(s.sapoTemperatureNeg);
      ofRatio([=](T r, T a, T, int) { return softTerm(r, a, positive, negative); });
      return;
    }
    case Term::kCispo:
      if (s.cispoBound == CispoBound::kAbsolute) {
        ofLogp([=](T r, T a, T logp, int) { return weightedTerm(atMost(r, high), a, logp); });
        count([](T, int) { return false; }, [=](T r, int) { return r > high; });
      } else {
        ofLogp([=](T r, T a, T logp, int) { return weightedTerm(clamped(r, from, to), a, logp); });
        count([=](T r, int) { return r < from; }, [=](T r, int) { return r > to; });
      }
      return;
    case Term::kDppoTv:
    case Term::kDppoKl: {
      const auto tooFar = [&](int t) {
        const T p = exponential(in.logp[t]), pOld = exponential(in.old[t]), a = in.advantage[t];
        return s.term == Term::kDppoTv ? movedTooFarTv(p, pOld, a, low, high)
                                       : movedTooFarKl(p, pOld, in.logp[t], in.old[t], a, low, high);
      };
      ofLogp([&](T r, T a, T logp, int t) { return weightedTerm(tooFar(t) ? T(0) : atMost(r, delta), a, logp); });
      count([&](T, int t) { return tooFar(t); }, [&](T, int t) { return tooFar(t); });
      return;
    }
    case Term::kVespo: {
      const T positive = values.phiPositive, negative = values.phiNegative;
      ofLogp([=](T, T a, T logp, int) { return weightedTerm(a >= T(0) ? positive : negative, a, logp); });
      countPhi(sequence, in, positive, negative, sums);
      return;
    }
    case Term::kReinforce:
      ofLogp([](T, T a, T logp, int) { return weightedTerm(T(1), a, logp); });
      return;
  }
}

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
