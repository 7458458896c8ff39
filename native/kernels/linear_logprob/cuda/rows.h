// The two steps between matrix products on a GPU, on a chunk of logits that a product has written: statistics of every row,
// and the gradient of every logit. One thread block for each row; no torch.
//
// Sums have one fixed order, so results do not change from run to run.
#pragma once

#include <cstdint>

#include "../problem.h"

namespace earsight::linear_logprob::cuda {

// Logits [rows][vocabulary], float, contiguous, before bias and temperature.
struct Logits {
  const float* data;
  int64_t rows, vocabulary;
  const float* bias;  // [vocabulary], or null
  float scale;        // 1 / temperature
};

// The targets of row r of the chunk are first[r] .. first[r + 1] of `token` and of every array with one value a target.
struct RowTargets {
  const int64_t* first;
  const int64_t* token;
};

struct RowStatistics {
  float *lse, *entropy;  // [rows]
  float* logp;           // one for each target
};

void statistics(const Logits& logits, const RowTargets& targets, const RowStatistics& out, void* stream);

struct RowGradient {
  const float *lse, *entropy;            // [rows]
  const float *dLogp, *dLse, *dEntropy;  // one for each target; null means zeros
};

// dz divided by the temperature, as `element` (not kDouble), [rows][vocabulary].
void gradient(const Logits& logits, const RowTargets& targets, const RowGradient& given, Element element, void* dz,
              void* stream);

}  // namespace earsight::linear_logprob::cuda
