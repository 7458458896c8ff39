// The policy loss of the GRPO family over packed completions: loss, gradient and metrics in one pass over the tokens.
// What a token costs is in terms.h; here are the inputs, the settings and what comes out.
#pragma once

#include <cstdint>
#include <limits>

#include "../parallel.h"

namespace earsight::policy {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What one token costs.
enum class Form { kClipped, kSoft, kCispo, kCispoRelative, kDppoTv, kDppoKl, kGamma, kGeometricMean, kPlain };

// Over what the ratio is taken, and where its gradient goes: kSequenceToken has the sequence's value and the token's
// gradient (GSPO-token, arXiv 2507.18071).
enum class Level { kToken, kSequence, kSequenceToken };

// How the weight exp(old - sampler) is bounded.
enum class Correction { kNone, kTruncate, kMask };

enum class KlEstimator { k1, k2, k3, kAbs };

struct PolicySettings {
  Form form = Form::kClipped;
  Level level = Level::kToken;
  double epsilonLow = 0.2, epsilonHigh = 0.2, delta = kInfinity, dualClip = kInfinity;
  double softTauPositive = 1, softTauNegative = 1.05;                    // SAPO
  double gammaKPositive = 2, gammaLambdaPositive = 3;                    // VESPO
  double gammaKNegative = 3, gammaLambdaNegative = 2;
  KlEstimator kl = KlEstimator::k3;
  double beta = 0;
  bool klTimesRatio = true;
  Correction correction = Correction::kNone;
  bool correctSequences = false;                                         // one weight a sequence
  bool correctionOfMean = false;                                         // exp of the mean, not of the sum
  bool correctKl = false;                                                // the weight multiplies the penalty too
  double correctionMin = -kInfinity, correctionMax = kInfinity;
  double offPolicyThreshold = kInfinity;
  double entropyThreshold = -kInfinity;                                  // policy terms of tokens at or above it
  // A token of sequence i weighs tokenWeight, divided by the sequence's tokens where perSequence.
  double tokenWeight = 1;
  bool perSequence = false;
  double entropyWeight = 0;                                              // entropy bonus of one token
};

// T is float or double. Tokens lie end to end; a pointer that is null stands for something not given.
template <class T>
struct PolicyBatch {
  int64_t sequences = 0, tokens = 0;
  const int64_t* offsets = nullptr;  // [sequences + 1]
  const int64_t* counts = nullptr;   // [sequences]: tokens in the loss; see countTokens
  const T* logp = nullptr;           // [tokens], as all below
  const T* old = nullptr;            // default: logp, a ratio of 1
  const T* ref = nullptr;
  const T* sampler = nullptr;
  const T* entropy = nullptr;
  const uint8_t* mask = nullptr;     // 0: not in the loss, whatever the other arrays hold there
  const T* advantages = nullptr;     // [sequences], or [tokens] where advantagePerToken
  bool advantagePerToken = false;
  T* gradLogp = nullptr;             // [tokens]; null: no gradient is wanted
  T* gradEntropy = nullptr;          // [tokens]
};

// In the order of the operator's `metrics`. Means over the tokens in the loss, over sequences for what a whole sequence
// has one of; 0 where nothing was counted.
enum Metric {
  kKl,
  kEntropy,
  kClipLowMean,
  kClipLowMin,  // over sequences
  kClipHighMean,
  kClipHighMax,
  kClipRegionMean,
  kSamplingDifferenceMean,
  kSamplingDifferenceMax,
  kCorrectionMin,
  kCorrectionMean,
  kCorrectionMax,
  kPhiMean,  // VESPO's weight
  kMetrics
};

struct PolicyResult {
  double loss = 0;
  double metrics[kMetrics] = {};
};

// Tokens in the loss of each sequence -> counts [sequences]; returns their sum.
int64_t countTokens(const int64_t* offsets, int64_t sequences, const uint8_t* mask, int64_t* counts);

// The entropy at which the top `quantile` of the tokens in the loss begins (linear interpolation, as torch.quantile).
template <class T>
double entropyThreshold(const T* entropy, const uint8_t* mask, int64_t tokens, double quantile);

// Tokens in the loss whose entropy is at least `threshold`.
template <class T>
int64_t countKept(const T* entropy, const uint8_t* mask, int64_t tokens, double threshold);

// The same bits for any number of workers.
template <class T>
PolicyResult policyLoss(const PolicyBatch<T>& batch, const PolicySettings& settings, const Parallel& parallel);

}  // namespace earsight::policy
