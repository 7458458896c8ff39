// A language model's output head and the hidden states that meet it, as kernels see them: raw pointers, no torch.
//
//   z[r][v] = (hidden[r] . weight[v] + bias[v]) / temperature        p = softmax(z[r])
//   lse[r] = log sum_v e^z[r][v]     entropy[r] = lse[r] - sum_v p_v z[r][v]     mean[r] = sum_v p_v weight[v]
//
// Accumulator, here and beside, means float, or double for kDouble.
#pragma once

#include <cstdint>

#include "../bfloat16.h"

namespace earsight::linear_logprob {

enum class Element { kBFloat16, kHalf, kFloat, kDouble };

struct Head {
  Element element;
  int64_t width, vocabulary;
  const void* hidden;    // Element [rows][width], the values of a row side by side
  int64_t hiddenStride;  // in elements
  const void* weight;    // Element [vocabulary][width]
  int64_t weightStride;
  const void* bias;  // Accumulator [vocabulary], or null
  double temperature;
};

// Tokens of the vocabulary in a tile, what passes walk it by.
constexpr int64_t kTile = 384;

// The distribution as forward keeps it for backward where it is asked to, for kBFloat16 only. The base is a row's largest
// score up to this tile. It is e^z that is rounded, not z: a probability is off by 2^-9 of itself at most, and one above
// a half, which is the base of its tile, by nothing.
struct Kept {
  BFloat16* values;  // e^(z - base) [vocabulary][rows], or null: nothing was kept
  float* base;       // [ceil(vocabulary / kTile)][rows]
  int64_t rows;      // U
};

// Rows of `mean` and sums like it are this long, so that kernels store whole vectors.
constexpr int64_t paddedWidth(int64_t width) { return (width + 63) / 64 * 64; }

}  // namespace earsight::linear_logprob
