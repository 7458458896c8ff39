// The terms of dz for the rows of a tile.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "engine.h"
#include "tile_scores.h"

namespace {

using earsight::linear_logprob::ScoreGradient;

// The terms of dz, padded to a whole panel with lanes that contribute 0 for any score.
template <typename K>
class GradientRows {
  using Accumulator = typename K::Accumulator;

 public:
  GradientRows(const ScoreGradient& gradient, int64_t rows)
      : lanes_(roundUp(rows, kPanel<K>)),
        values_(static_cast<size_t>(3 * lanes_), 0),
        targets_(static_cast<const Accumulator*>(gradient.targets)) {
    const auto put = [&](const void* source, int64_t at) {
      if (source != nullptr) std::copy_n(static_cast<const Accumulator*>(source), rows, &values_[at]);
    };
    std::fill_n(values_.begin(), lanes_, std::numeric_limits<Accumulator>::infinity());
    put(gradient.lse, 0);
    put(gradient.constant, lanes_);
    put(gradient.dEntropy, 2 * lanes_);
  }

  ScoreGradientTerms<K> terms(int64_t first) const {
    return {&values_[first], &values_[lanes_ + first], &values_[2 * lanes_ + first]};
  }

  // Adds the targets' term before anything is rounded: where a token is almost certain, the two terms of its dz cancel.
  template <typename T>
  void addTargets(const TileScores<K, T>& scores, int64_t first, int64_t count, int64_t token, int64_t tokens,
                  Accumulator* tile) const {
    scores.takeTargets(first, count, token, tokens, [&](int64_t target, int64_t at) { tile[at] += targets_[target]; });
  }

 private:
  const int64_t lanes_;
  std::vector<Accumulator> values_;
  const Accumulator* targets_;
};

}  // namespace
