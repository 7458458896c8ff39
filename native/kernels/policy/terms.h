// The formulas of the policy losses for one token, with their derivatives in closed form. Shared by every processor:
// the loops around them are the compiler's to vectorise on a CPU, a thread's body in CUDA. Ratios here are finite and
// positive (log-ratios are bounded before exp), log-probabilities finite.
//
//   r = pi / pi_old of the token or of its sequence, A the advantage, [lo, hi] = [1 - epsilon, 1 + epsilonHigh]
#pragma once

#include <math.h>

#include <cstdint>
#include <cstring>

#include "policy_loss.h"

#ifdef __CUDACC__
#define EARSIGHT_INLINE __host__ __device__ inline
#else
#define EARSIGHT_INLINE inline
#endif

// Translation units for different instruction sets must not share compiled copies of these functions.
#ifndef EARSIGHT_POLICY_TARGET
#define EARSIGHT_POLICY_TARGET portable
#endif

namespace earsight::policy::EARSIGHT_POLICY_TARGET {

// ---- exp that a loop can be vectorised around ---------------------------------------------------------------------

EARSIGHT_INLINE double exponential(double x) { return exp(x); }

// Within 2 units in the last place for |x| <= 87: 2^n e^f with |f| <= ln(2) / 2 and Taylor's series of degree 7.
EARSIGHT_INLINE float exponential(float x) {
#ifdef __CUDA_ARCH__
  return expf(x);
#else
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
#endif
}

EARSIGHT_INLINE double logarithm(double x) { return log(x); }
EARSIGHT_INLINE float logarithm(float x) { return logf(x); }

template <class T>
EARSIGHT_INLINE T atMost(T x, T bound) {
  return x < bound ? x : bound;
}

template <class T>
EARSIGHT_INLINE T atLeast(T x, T bound) {
  return x > bound ? x : bound;
}

template <class T>
EARSIGHT_INLINE T clamped(T x, T low, T high) {
  return atMost(atLeast(x, low), high);
}

template <class T>
EARSIGHT_INLINE T sigmoid(T x) {
  return T(1) / (T(1) + exponential(clamped(-x, T(-80), T(80))));
}

// exp overflows float32 beyond 88, and an infinite ratio times a clipped gradient is NaN.
constexpr double kMaxLogRatio = 20;

template <class T>
EARSIGHT_INLINE T boundedLogRatio(T x) {
  return clamped(x, T(-kMaxLogRatio), T(kMaxLogRatio));
}

// ---- policy terms -------------------------------------------------------------------------------------------------

// slope: d loss / d log r for losses of the ratio, d loss / d logp for those that weigh logp by a constant.
template <class T>
struct Term {
  T loss, slope;
};

// -min(min(r, delta) A, clip(r, lo, hi) A), at most dualClip |A| where A < 0. PPO, arXiv 1707.06347; delta:
// INTELLECT-2, arXiv 2505.07291; dual clip: arXiv 1912.09729.
template <class T>
EARSIGHT_INLINE Term<T> clippedTerm(T r, T a, T low, T high, T delta, T dualClip) {
  const T free = atMost(r, delta) * a;
  const T clip = clamped(r, low, high) * a;
  T loss = free <= clip ? -free : -clip;
  T slope = (free <= clip && r <= delta) ? -r * a : T(0);
  const bool dual = a < T(0) && loss > -dualClip * a;
  loss = dual ? -dualClip * a : loss;
  slope = dual ? T(0) : slope;
  return {loss, slope};
}

// -(4 / tau) sigmoid(tau (r - 1)) A. SAPO, arXiv 2511.20347.
template <class T>
EARSIGHT_INLINE Term<T> softTerm(T r, T a, T tauPositive, T tauNegative) {
  const T tau = a > T(0) ? tauPositive : tauNegative;
  const T gate = sigmoid(tau * (r - T(1)));
  return {-T(4) / tau * gate * a, -T(4) * gate * (T(1) - gate) * r * a};
}

// -weight A logp, the weight without gradient: CISPO, DPPO, VESPO, GPG, REINFORCE.
template <class T>
EARSIGHT_INLINE Term<T> weighedTerm(T weight, T a, T logp) {
  return {-weight * a * logp, -weight * a};
}

// Whether the probability (of the token, against all others) has moved too far in the direction of A: total variation
// |pi - pi_old|, or KL of the two binary distributions. DPPO, arXiv 2602.04879.
template <class T>
EARSIGHT_INLINE bool movedTooFarTv(T p, T pOld, T a, T low, T high) {
  return a > T(0) ? p - pOld > high : p - pOld < -low;
}

template <class T>
EARSIGHT_INLINE bool movedTooFarKl(T p, T pOld, T logp, T logpOld, T a, T low, T high) {
  const T tiny = T(1e-8);
  const T kl = pOld * (logpOld - logp) + (T(1) - pOld) * logarithm((T(1) - pOld + tiny) / (T(1) - p + tiny));
  return a > T(0) ? p > pOld && kl > high : p < pOld && kl > low;
}

// phi(w) = exp(lambda + k log w - lambda w). VESPO, arXiv 2602.10693.
EARSIGHT_INLINE double gammaWeight(double logW, double k, double lambda) {
  return exp(lambda + k * logW - lambda * exp(logW));
}

// ---- KL penalty ---------------------------------------------------------------------------------------------------

// An estimate of KL(pi || ref) from x = ref - logp, and its derivative in logp. k3 is exp(x) - x - 1 (Schulman 2020).
template <KlEstimator estimator, class T>
EARSIGHT_INLINE Term<T> klTerm(T difference) {
  const T x = boundedLogRatio(difference);
  Term<T> term{};
  if constexpr (estimator == KlEstimator::k1) term = {-x, T(1)};
  if constexpr (estimator == KlEstimator::k2) term = {x * x / T(2), -x};
  if constexpr (estimator == KlEstimator::k3) {
    const T e = exponential(x);
    term = {e - x - T(1), T(1) - e};
  }
  if constexpr (estimator == KlEstimator::kAbs) {
    term = {x < T(0) ? -x : x, x < T(0) ? T(1) : (x > T(0) ? T(-1) : T(0))};
  }
  // Beyond the bound the estimate is constant.
  term.slope = x == difference ? term.slope : T(0);
  return term;
}

}  // namespace earsight::policy::EARSIGHT_POLICY_TARGET
