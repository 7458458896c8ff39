#include "preference.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace earsight::policy {

namespace {

// Loss and its derivatives in c and l.
struct PairTerm {
  double loss, chosen, rejected;
};

double sigmoidOf(double x) { return 1 / (1 + std::exp(-x)); }
double logSigmoid(double x) { return x < 0 ? x - std::log1p(std::exp(x)) : -std::log1p(std::exp(-x)); }

// f(x) and f'(x).
struct Score {
  double value, derivative;
};

Score scoreOf(double x, FDivergenceType divergence, double alpha) {
  switch (divergence) {
    case FDivergenceType::kForwardKl: return {1 - std::exp(-x), std::exp(-x)};
    case FDivergenceType::kJsDivergence: return {std::log(2.0) + logSigmoid(x), sigmoidOf(-x)};
    case FDivergenceType::kAlphaDivergence: {
      if (std::fabs(alpha - 1) < 1e-6) return {x, 1};
      // 80: the largest exponent whose power float32 holds.
      const double power = (alpha - 1) * x;
      const double e = std::exp(power > 80 ? 80 : power);
      return {(e - 1) / (alpha - 1), power >= 80 ? 0 : e};
    }
    default: return {x, 1};
  }
}

// A loss of z = bD and its derivative in z.
Score marginLoss(double z, const PreferenceSettings& s, double alpha) {
  const double e = s.labelSmoothing;
  const double good = -logSigmoid(z), bad = -logSigmoid(-z);     // d good / dz = -sig(-z), d bad / dz = sig(z)
  const double p = sigmoidOf(z), q = sigmoidOf(-z);
  switch (s.loss) {
    case Preference::kHinge: return {z >= 1 ? 0 : 1 - z, z >= 1 ? 0.0 : -1.0};
    case Preference::kExoPair: {
      const double chosen = -good - std::log1p(-e), rejected = -bad - std::log(e);
      // dp/dz = pq; the derivatives of the logarithms cancel: p q - q p = 0.
      return {p * chosen + q * rejected, p * q * (chosen - rejected)};
    }
    case Preference::kRobust: return {((1 - e) * good - e * bad) / (1 - 2 * e), (-(1 - e) * q - e * p) / (1 - 2 * e)};
    case Preference::kDiscopop: {
      const double gate = sigmoidOf(z / s.discopopTau), gateDerivative = gate * (1 - gate) / s.discopopTau;
      // exp(-z) gate, whose factors overflow and vanish where z is far below 0.
      const double exponential = std::exp(logSigmoid(z / s.discopopTau) - z);
      return {good * (1 - gate) + exponential,
              -q * (1 - gate) - good * gateDerivative + exponential * ((1 - gate) / s.discopopTau - 1)};
    }
    case Preference::kProcess: return {alpha * good + (1 - alpha) * bad, -alpha * q + (1 - alpha) * p};
    default: return {(1 - e) * good + e * bad, -(1 - e) * q + e * p};
  }
}

// alpha: the probability that the chosen one is preferred (kProcess); lengths: 1 where scores are not averaged.
PairTerm pairTerm(double c, double l, double alpha, double chosenLength, double rejectedLength,
                                  const PreferenceSettings& s) {
  const double b = s.beta;
  switch (s.loss) {
    case Preference::kNcaPair:
      return {-logSigmoid(b * c) - logSigmoid(-b * c) / 2 - logSigmoid(-b * l) / 2,
              b * (-sigmoidOf(-b * c) + sigmoidOf(b * c) / 2), b * sigmoidOf(b * l) / 2};
    case Preference::kBcoPair:
      return {-logSigmoid(b * c) - logSigmoid(-b * l), -b * sigmoidOf(-b * c), b * sigmoidOf(b * l)};
    case Preference::kSppoHard: {
      const double winner = c - 0.5 / b, loser = l + 0.5 / b;
      return {winner * winner + loser * loser, 2 * winner, 2 * loser};
    }
    case Preference::kApoZero: {
      const double p = sigmoidOf(b * c), q = sigmoidOf(b * l);
      return {1 - p + q, -b * p * (1 - p), b * q * (1 - q)};
    }
    case Preference::kApoDown: {
      const double p = sigmoidOf(b * c), q = sigmoidOf(b * (c - l));
      return {p + 1 - q, b * (p * (1 - p) - q * (1 - q)), b * q * (1 - q)};
    }
    default: break;
  }
  const Score chosen = scoreOf(c, s.fDivergenceType, s.fAlphaDivergenceCoef);
  const Score rejected = scoreOf(l, s.fDivergenceType, s.fAlphaDivergenceCoef);
  const double difference = chosen.value / chosenLength - rejected.value / rejectedLength;
  Score loss;
  if (s.loss == Preference::kIpo) {
    const double distance = difference - 0.5 / b;
    loss = {distance * distance, 2 * distance};
  } else {
    loss = marginLoss(b * difference - s.margin, s, alpha);
    loss.derivative *= b;
  }
  return {loss.value, loss.derivative * chosen.derivative / chosenLength, -loss.derivative * rejected.derivative / rejectedLength};
}

// NaN last, as torch sorts.
std::vector<int64_t> ascending(const std::vector<double>& values) {
  std::vector<int64_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return values[a] < values[b] || (std::isnan(values[b]) && !std::isnan(values[a]));
  });
  return order;
}

// First-order stochastic dominance over the batch: the i-th smallest is compared with the i-th smallest.
double sortedLoss(const PreferenceInput& in, const PreferenceSettings& s, double* gradChosen, double* gradRejected) {
  std::vector<double> upper(in.pairs), lower(in.pairs, 0.0);
  for (int64_t i = 0; i < in.pairs; ++i) {
    const double reference = in.referenceMargin == nullptr ? 0 : in.referenceMargin[i];
    upper[i] = s.loss == Preference::kAot ? in.chosen[i] - in.rejected[i] + reference : in.chosen[i];
    lower[i] = s.loss == Preference::kAot ? reference : in.rejected[i];
  }
  const std::vector<int64_t> up = ascending(upper), low = ascending(lower);
  double sum = 0;
  for (int64_t i = 0; i < in.pairs; ++i) {
    const Score loss = marginLoss(s.beta * (upper[up[i]] - lower[low[i]]) - s.margin, s, 1);
    const double weight = in.weight == nullptr ? 1 : in.weight[i];
    sum += weight * loss.value;
    gradChosen[up[i]] = weight * s.beta * loss.derivative;
    // The reference's margins have no gradient: both completions of a pair get that of its own margin.
    gradRejected[s.loss == Preference::kAot ? up[i] : low[i]] = -weight * s.beta * loss.derivative;
  }
  return sum;
}

}  // namespace

double preferenceLoss(const PreferenceInput& in, const PreferenceSettings& s, double* gradChosen, double* gradRejected) {
  if (s.loss == Preference::kAot || s.loss == Preference::kAotUnpaired) {
    return sortedLoss(in, s, gradChosen, gradRejected);
  }
  const auto at = [](const double* values, int64_t i) { return values == nullptr ? 1 : values[i]; };
  double sum = 0;
  for (int64_t i = 0; i < in.pairs; ++i) {
    const PairTerm term = pairTerm(in.chosen[i], in.rejected[i], at(in.alpha, i), at(in.chosenLengths, i),
                                   at(in.rejectedLengths, i), s);
    const double weight = at(in.weight, i);
    sum += weight * term.loss;
    gradChosen[i] = weight * term.chosen;
    gradRejected[i] = weight * term.rejected;
  }
  return sum;
}

}  // namespace earsight::policy
