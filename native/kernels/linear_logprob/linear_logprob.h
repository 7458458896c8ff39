// Log-probabilities of chosen tokens from hidden states and the weight of the output head. The logits z of problem.h exist
// one small tile at a time. Given the sums G of the upstream gradients over the targets y of a row,
//
//   dz[r][v] = sum_y dLogp_y [v == y] - p_v (G_logp - G_lse + G_entropy (z[r][v] - lse[r] + entropy[r]))
//   dHidden[r] = sum_v dz[r][v] weight[v] / temperature     dWeight[v] = sum_r dz[r][v] hidden[r] / temperature
//
// Without a gradient of the entropy, dHidden needs only mean[r] and the targets' rows of the weight: when forward saves
// `mean`, backward does not read the whole weight for it. When forward saves the distribution too, dWeight needs one
// product less. A gradient of the entropy does not use the rounded distribution.
//
// The engine must accept the head's element, and the machine the engine (engine.h).
//
// Results have the same bits for any number of workers: every sum belongs to one task and has one order.
#pragma once

#include "../parallel.h"
#include "engine.h"
#include "problem.h"
#include "targets.h"

namespace earsight::linear_logprob {

// What forward saves for backward, U = targets.rows().
struct Saved {
  void* lse;      // Accumulator [U]
  void* entropy;  // Accumulator [U]
  void* mean;     // Accumulator [U][paddedWidth], or null: not wanted
  SavedTiles tiles;
};

// One number an item of the caller's list, Accumulator; items that targets leave out are not touched.
struct Outputs {
  void *logp, *lse, *entropy;
};

void forward(const Engine& engine, const Head& head, const Targets& targets, const Outputs& out, const Saved& saved,
             const Parallel& parallel);

// One number an item, Accumulator; null means zeros.
struct Upstream {
  const void *logp, *lse, *entropy;
};

// Null pointers: not wanted.
struct Gradients {
  void* hidden;  // Element [rows][width], contiguous
  int64_t rows;
  void* weight;  // Element [vocabulary][width], weightStride elements apart
  int64_t weightStride;
  bool addToWeight;  // adds to the values in `weight`, with one rounding
  void* bias;        // Accumulator [vocabulary]
};

void backward(const Engine& engine, const Head& head, const Targets& targets, const Saved& saved,
              const Upstream& upstream, const Gradients& gradients, const Parallel& parallel);

}  // namespace earsight::linear_logprob
