// Log-probabilities of chosen tokens, straight from hidden states and the weight of the output head: the logits z of
// problem.h exist a small tile at a time only. Given the sums G of the upstream gradients over the targets y of a row,
//
//   dz[r][v] = sum_y dLogp_y [v == y] - p_v (G_logp - G_lse + G_entropy (z[r][v] - lse[r] + entropy[r]))
//   dHidden[r] = sum_v dz[r][v] weight[v] / temperature     dWeight[v] = sum_r dz[r][v] hidden[r] / temperature
//
// Without a gradient of the entropy, dHidden needs no more of the vocabulary than mean[r] and the targets' own rows: a
// forward pass that keeps `mean` spares backward a look at the weight. One that keeps the distribution too spares
// dWeight a product, but for a gradient of the entropy, which the rounded values are not used for.
//
// The engine must accept the head's element, and the machine the engine (engine.h).
//
// Results have the same bits for any number of workers: every sum has one owner and one order.
#pragma once

#include "../parallel.h"
#include "engine.h"
#include "problem.h"
#include "targets.h"

namespace earsight::linear_logprob {

// What forward keeps for backward, U = targets.rows().
struct Saved {
  void* lse;      // Accumulator [U]
  void* entropy;  // Accumulator [U]
  void* mean;     // Accumulator [U][paddedWidth], or null: not wanted
  Kept kept;
};

// One number an item of the caller's list, Accumulator; items that targets leave out are not touched.
struct Outputs {
  void *logp, *lse, *entropy;
};

void forward(const Engine& engine, const Head& head, const Targets& targets, const Outputs& out, const Saved& saved,
             const Parallel& parallel);

// One number an item, Accumulator; null stands for zeros.
struct Upstream {
  const void *logp, *lse, *entropy;
};

// Null pointers: not wanted.
struct Gradients {
  void* hidden;  // Element [rows][width], side by side
  int64_t rows;
  void* weight;  // Element [vocabulary][width], weightStride elements apart
  int64_t weightStride;
  bool addToWeight;  // to what is there, with one rounding
  void* bias;        // Accumulator [vocabulary]
};

void backward(const Engine& engine, const Head& head, const Targets& targets, const Saved& saved,
              const Upstream& upstream, const Gradients& gradients, const Parallel& parallel);

}  // namespace earsight::linear_logprob
