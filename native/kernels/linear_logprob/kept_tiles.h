// The distribution that forward may keep for backward: tiles of e^(z - base) on their way to memory in bfloat16, and
// back as the scores' gradient.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "../bfloat16.h"
#include "problem.h"
#include "scores.h"

namespace {

using earsight::BFloat16;
using earsight::linear_logprob::Kept;
using earsight::linear_logprob::kTile;

// A tile of e^(z - base) of rows first .. first + rows, and no lane beyond: those are another task's.
template <typename K>
void keepTile(const typename K::Accumulator* tile, int64_t token, int64_t tokens, int64_t first, int64_t rows,
              const typename K::Accumulator* base, const Kept& kept) {
  std::copy_n(base, rows, kept.base + token / kTile * kept.rows + first);
  for (int64_t v = 0; v < tokens; ++v, tile += kPanel<K>) {
    BFloat16* out = kept.values + (token + v) * kept.rows + first;
    int64_t j = 0;
    if constexpr (requires(typename K::Vec x) { K::storeElements(out, x); }) {
      for (; j + K::kLanes <= rows; j += K::kLanes) K::storeElements(out + j, K::load(tile + j));
    }
    for (; j < rows; ++j) out[j] = BFloat16(tile[j]);
  }
}

// The gradient of scores -p plain out of what was kept, for rows first .. first + rows of a tile; lanes beyond are 0.
template <typename K>
void keptGradient(const Kept& kept, int64_t token, int64_t tokens, int64_t first, int64_t rows,
                  const Slopes<K>& slopes, typename K::Accumulator* tile) {
  using Accumulator = typename K::Accumulator;
  Accumulator scale[kPanel<K>];
  for (int64_t v = 0; v < tokens; ++v, tile += kPanel<K>) {
    if (v == 0 || (token + v) % kTile == 0) {
      const float* base = kept.base + (token + v) / kTile * kept.rows + first;
      for (int64_t j = 0; j < rows; ++j) scale[j] = -slopes.plain[j] * std::exp(base[j] - slopes.lse[j]);
    }
    const BFloat16* from = kept.values + (token + v) * kept.rows + first;
    int64_t j = 0;
    if constexpr (requires { K::loadElements(from); }) {
      for (; j + K::kLanes <= rows; j += K::kLanes) {
        K::store(tile + j, K::mul(K::loadElements(from + j), K::load(scale + j)));
      }
    }
    for (; j < rows; ++j) tile[j] = static_cast<float>(from[j]) * scale[j];
    std::fill(tile + rows, tile + kPanel<K>, Accumulator{0});
  }
}

}  // namespace
