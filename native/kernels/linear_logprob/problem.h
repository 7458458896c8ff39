// A language model's output head and its hidden states for the kernels: raw pointers, no torch.
//
//   z[r][v] = (hidden[r] . weight[v] + bias[v]) / temperature        p = softmax(z[r])
//   lse[r] = log sum_v e^z[r][v]     entropy[r] = lse[r] - sum_v p_v z[r][v]     mean[r] = sum_v p_v weight[v]
//
// In this folder Accumulator means float, or double for kDouble.
#pragma once

#include <cstdint>

#include "../bfloat16.h"

namespace earsight::linear_logprob {

enum class Element { kBFloat16, kHalf, kFloat, kDouble };

struct Head {
  Element element;
  int64_t width, vocabulary;
  const void* hidden;    // Element [rows][width], the values of a row contiguous
  int64_t hiddenStride;  // in elements
  const void* weight;    // Element [vocabulary][width]
  int64_t weightStride;
  const void* bias;  // Accumulator [vocabulary], or null
  double temperature;
};

// Tokens of the vocabulary in a tile: the step of all passes.
constexpr int64_t kTile = 384;

// The distribution that forward saves for backward where that is asked for, for kBFloat16 only. The base is a row's largest
// score up to this tile. The values of e^(z - base) are rounded, not z: the error of a probability is at most 2^-9 of
// itself. A probability above a half has none: its score is the base of its tile.
struct SavedTiles {
  BFloat16* values;  // e^(z - base) [vocabulary][rows], or null: nothing was saved
  float* base;       // [ceil(vocabulary / kTile)][rows]
  int64_t rows;      // U
};

// The length of rows of `mean` and of similar sums, so that kernels store whole vectors.
constexpr int64_t paddedWidth(int64_t width) { return (width + 63) / 64 * 64; }

}  // namespace earsight::linear_logprob
