// The pass of a divergence: a task owns a block of pairs of hidden rows and goes over the vocabulary in tiles. Both rows of a
// pair are columns of one product, so that a tile of the head is read once for them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "../parallel.h"
#include "divergence_sums.h"
#include "engine.h"
#include "row_blocks.h"

namespace {

using earsight::Parallel;
using earsight::linear_logprob::RowPairs;

template <typename K, typename T>
class DivergencePass {
  using Scores = TileScores<K, T>;
  using Sums = DivergenceSums<K::kLanes>;

 public:
  DivergencePass(const RowPairs& pairs, double* kl, const Parallel& parallel)
      : p_(pairs.p, pairs.pRows), q_(pairs.q, pairs.qRows), kl_(kl), parallel_(parallel) {}

  void run() const {
    eachRowBlock<K>(parallel_, p_.targets.rows(), kBlock / 2, [&](int64_t first, int64_t count) {
      // Columns of the product: whole panels of p's rows, then q's.
      const int64_t half = roundUp(count, kPanel<K>), columns = half + count;
      const Buffer<typename K::Item> packed(2 * half * p_.steps), left(kSlice * kWidth<K>);
      const Buffer<typename K::Accumulator> tiles(2 * half * kTile);
      for (int64_t panel = 0; panel < half; panel += kPanel<K>) {
        const int64_t rows = std::min(kPanel<K>, count - panel);
        p_.packHidden(first + panel, rows, packed.get() + panel * p_.steps);
        q_.packHidden(first + panel, rows, packed.get() + (half + panel) * p_.steps);
      }
      std::vector<Sums> sums(static_cast<size_t>(ceilDivide(count, K::kLanes)));
      const int64_t vocabulary = p_.head.vocabulary;
      for (int64_t token = 0; token < vocabulary; token += kTile) {
        const int64_t tokens = std::min(kTile, vocabulary - token);
        p_.compute(token, tokens, packed.get(), columns, tiles.get(), left.get());
        for (int64_t row = 0; row < count; row += K::kLanes) {
          const auto scores = [&](int64_t column) {
            return tiles.get() + column / kPanel<K> * kPanel<K> * kTile + column % kPanel<K>;
          };
          sums[static_cast<size_t>(row / K::kLanes)].add(scores(row), scores(half + row), tokens, kPanel<K>);
        }
      }
      for (int64_t i = 0; i < count; ++i) {
        kl_[first + i] = sums[static_cast<size_t>(i / K::kLanes)].divergence(static_cast<int>(i % K::kLanes));
      }
    });
  }

 private:
  const Scores p_, q_;
  double* const kl_;
  const Parallel& parallel_;
};

}  // namespace
