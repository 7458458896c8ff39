// The distribution that forward may save for backward: tiles of e^(z - base) are written in bfloat16, and read back as the
// scores' gradient.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "../bfloat16.h"
#include "problem.h"
#include "scores.h"

namespace {

using earsight::BFloat16;
using earsight::linear_logprob::SavedTiles;
using earsight::linear_logprob::kTile;

// Writes a tile of e^(z - base) of rows first .. first + rows. Lanes beyond them belong to other tasks.
template <typename K>
void saveTile(const typename K::Accumulator* tile, int64_t token, int64_t tokens, int64_t first, int64_t rows,
              const typename K::Accumulator* base, const SavedTiles& saved) {
  std::copy_n(base, rows, saved.base + token / kTile * saved.rows + first);
  for (int64_t v = 0; v < tokens; ++v, tile += kPanel<K>) {
    BFloat16* out = saved.values + (token + v) * saved.rows + first;
    int64_t j = 0;
    if constexpr (requires(typename K::Vec x) { K::storeElements(out, x); }) {
      for (; j + K::kLanes <= rows; j += K::kLanes) K::storeElements(out + j, K::load(tile + j));
    }
    for (; j < rows; ++j) out[j] = BFloat16(tile[j]);
  }
}

// The gradient of scores, -p constant, from the saved tiles, for rows first .. first + rows of a tile; lanes beyond are 0.
template <typename K>
void savedGradient(const SavedTiles& saved, int64_t token, int64_t tokens, int64_t first, int64_t rows,
                  const ScoreGradientTerms<K>& terms, typename K::Accumulator* tile) {
  using Accumulator = typename K::Accumulator;
  Accumulator scale[kPanel<K>];
  for (int64_t v = 0; v < tokens; ++v, tile += kPanel<K>) {
    if (v == 0 || (token + v) % kTile == 0) {
      const float* base = saved.base + (token + v) / kTile * saved.rows + first;
      for (int64_t j = 0; j < rows; ++j) scale[j] = -terms.constant[j] * std::exp(base[j] - terms.lse[j]);
    }
    const BFloat16* from = saved.values + (token + v) * saved.rows + first;
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
