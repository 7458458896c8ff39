// The policy loss of the GRPO family over packed completions: loss, gradient and metrics in one pass over the tokens.
// What a token costs is in terms.h; here are the inputs, the settings and what comes out.
#pragma once

#include <cstdint>

#include "../parallel.h"
#include "losses.generated.h"

namespace earsight::policy {

// What a call asks for: the fields of the table, and what follows from the type and the batch.
struct PolicySettings : PolicyFields {
  Term term = Term::kClipped;
  Level level = Level::kToken;
  // A token of sequence i counts tokenWeight, divided by the sequence's tokens where perSequence.
  double tokenWeight = 1;
  bool perSequence = false;
  double entropyWeight = 0;  // entropy bonus of one token
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

// Means over the tokens in the loss, over sequences for what a whole sequence has one of; minima and maxima over
// sequences for the clip ratios; 0 where nothing was counted.
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
