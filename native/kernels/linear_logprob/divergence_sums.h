// The sums of a divergence of two rows of scores, in double whatever the scores are: the divergence of two distributions
// that are nearly the same is a small difference of large numbers.
//
//   KL(p || q) = sum_v p_v (a_v - b_v) - (lse a - lse b)      p = softmax(a), q = softmax(b)
//
// Equal rows of scores go through equal operations, so that their divergence is exactly 0.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace {

// e^x for x <= 0, relative error 1e-15; 0 from -708 down but for the last digits of a double. Without calls and branches, so
// that compilers make vectors of loops over it.
inline double expOfNegative(double x) {
  constexpr double kToInteger = 0x1.8p52;  // its sum with a small number ends in that number's nearest integer
  x = x < -708 ? -708 : x;
  const double shifted = x * 0x1.71547652b82fep0 + kToInteger, n = shifted - kToInteger;
  const double r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
  double sum = 1.0 / 479001600;
  constexpr double kTerms[] = {1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
                               1.0 / 120,      1.0 / 24,      1.0 / 6,      0.5,         1.0,        1.0};
  for (const double term : kTerms) sum = sum * r + term;
  return std::bit_cast<double>(std::bit_cast<uint64_t>(sum) + (std::bit_cast<uint64_t>(shifted) << 52));
}

// Of the tokens so far, a pair of rows in each lane.
template <int kLanes>
struct DivergenceSums {
  double largestA[kLanes], largestB[kLanes];  // of the scores
  double sumA[kLanes], sumB[kLanes];          // sum e^(a - largestA), sum e^(b - largestB)
  double moment[kLanes];                      // sum e^(a - largestA) (a - b)

  DivergenceSums() {
    for (int j = 0; j < kLanes; ++j) {
      largestA[j] = largestB[j] = std::numeric_limits<double>::lowest();
      sumA[j] = sumB[j] = moment[j] = 0;
    }
  }

  // Adds tokens whose scores lie `stride` apart.
  template <typename Score>
  void add(const Score* a, const Score* b, int64_t tokens, int64_t stride) {
    rescale(a, tokens, stride, largestA, sumA, moment);
    rescale(b, tokens, stride, largestB, sumB, nullptr);
    for (int64_t v = 0; v < tokens; ++v, a += stride, b += stride) {
      for (int j = 0; j < kLanes; ++j) {
        const double x = finite(a[j]), y = finite(b[j]), weight = expOfNegative(x - largestA[j]);
        sumA[j] += weight;
        sumB[j] += expOfNegative(y - largestB[j]);
        moment[j] += weight * (x - y);
      }
    }
  }

  double divergence(int lane) const {
    const double difference = (largestA[lane] + std::log(sumA[lane])) - (largestB[lane] + std::log(sumB[lane]));
    const double kl = moment[lane] / sumA[lane] - difference;
    return kl < 0 ? 0 : kl;  // by rounding; NaN stays
  }

 private:
  // A token that both distributions rule out (a score of -inf) has no part in the divergence: 0 times a finite difference.
  static double finite(double score) { return score < -1e300 ? -1e300 : score; }

  template <typename Score>
  static void rescale(const Score* scores, int64_t tokens, int64_t stride, double* largest, double* sum, double* moment) {
    double now[kLanes];
    for (int j = 0; j < kLanes; ++j) now[j] = largest[j];
    for (int64_t v = 0; v < tokens; ++v, scores += stride) {
      for (int j = 0; j < kLanes; ++j) now[j] = finite(scores[j]) > now[j] ? finite(scores[j]) : now[j];
    }
    for (int j = 0; j < kLanes; ++j) {
      const double factor = expOfNegative(largest[j] - now[j]);
      sum[j] *= factor;
      if (moment != nullptr) moment[j] *= factor;
      largest[j] = now[j];
    }
  }
};

}  // namespace
