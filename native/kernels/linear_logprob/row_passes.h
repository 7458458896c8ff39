// The passes in which a task owns a block of hidden rows and goes over the vocabulary in tiles: statistics, and the sum of
// the head's rows that gives the hidden states' gradient.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "../parallel.h"
#include "engine.h"
#include "row_blocks.h"
#include "saved_tiles.h"
#include "score_gradient.h"
#include "tile_scores.h"

namespace {

using earsight::Parallel;
using earsight::linear_logprob::paddedWidth;
using earsight::linear_logprob::Statistics;

// Tokens whose weighted rows are added to the sums at a time. The sums of many rows of a wide head do not fit L2: with more
// tokens at a time they are loaded and stored less often, as long as the tokens' weights fit. `rows` counts all rows, not a
// block's: the size of blocks depends on the number of workers, and sums must not.
template <typename K>
int64_t chunkOf(int64_t rows) {
  constexpr int64_t kFew = 64;
  return K::kDepth == 1 || rows <= kFew ? kTile : 3 * kTile;
}

template <typename K, typename T>
class RowPasses {
  using Accumulator = typename K::Accumulator;
  using Item = typename K::Item;
  using Scores = TileScores<K, T>;

 public:
  RowPasses(const Head& head, const Targets& targets, const Parallel& parallel)
      : scores_(head, targets),
        head_(head),
        targets_(targets),
        parallel_(parallel),
        chunk_(chunkOf<K>(targets.rows())) {}

  void statistics(const Statistics& out) const {
    auto* mean = static_cast<Accumulator*>(out.mean);
    eachRowBlock<K>(parallel_, targets_.rows(), kBlock, [&](int64_t first, int64_t count) {
      const int64_t lanes = roundUp(count, kPanel<K>);
      std::vector<Accumulator> state(static_cast<size_t>(4 * lanes), 0);
      const Running<K> running{&state[0], &state[lanes], &state[2 * lanes], &state[3 * lanes]};
      std::fill(running.largest, running.largest + lanes, -std::numeric_limits<Accumulator>::infinity());
      walkVocabulary(first, count, mean, running.factor,
                     [&](int64_t panel, Accumulator* tile, int64_t token, int64_t tokens, int64_t vecs) {
                       const int64_t rows = std::min(kPanel<K>, count - panel);
                       scores_.takeTargets(first + panel, rows, token, tokens, [&](int64_t target, int64_t at) {
                         static_cast<Accumulator*>(out.logp)[target] = tile[at];
                       });
                       onlineSoftmax<K>(tile, tokens, vecs, running.from(panel));
                       if constexpr (std::is_same_v<T, BFloat16>) {
                         if (out.tiles.values == nullptr) return;
                         saveTile<K>(tile, token, tokens, first + panel, rows, running.largest + panel, out.tiles);
                       }
                     });
      for (int64_t i = 0; i < count; ++i) {
        const Accumulator sum = running.sum[i], log = std::log(sum);
        static_cast<Accumulator*>(out.lse)[first + i] = running.largest[i] + log;
        static_cast<Accumulator*>(out.entropy)[first + i] = log - running.moment[i] / sum;
        for (int64_t target = targets_.first[first + i]; target < targets_.first[first + i + 1]; ++target) {
          Accumulator& logp = static_cast<Accumulator*>(out.logp)[target];
          logp = logp - running.largest[i] - log;
        }
        if (mean == nullptr) continue;
        Accumulator* row = mean + (first + i) * paddedWidth(head_.width);
        for (int64_t h = 0; h < head_.width; ++h) row[h] /= sum;
      }
    });
  }

  void hiddenSum(const ScoreGradient& gradient, void* sum) const {
    const GradientRows<K> gradients(gradient, targets_.rows());
    eachRowBlock<K>(parallel_, targets_.rows(), kBlock, [&](int64_t first, int64_t count) {
      walkVocabulary(first, count, static_cast<Accumulator*>(sum), nullptr,
                     [&](int64_t panel, Accumulator* tile, int64_t token, int64_t tokens, int64_t vecs) {
                       scoreGradient<K>(tile, tokens, vecs, gradients.terms(first + panel));
                       gradients.addTargets(scores_, first + panel, std::min(kPanel<K>, count - panel), token, tokens,
                                            tile);
                     });
    });
  }

 private:
  // Computes the scores of rows first .. first + count, tile by tile; `visit` replaces a tile of scores by weights of the
  // tokens. `sum` ([U][paddedWidth], or null) receives the weighted sum of the head's rows. `factor`: by what a row's latest
  // tile rescales all earlier sums (null: by 1).
  template <typename Visit>
  void walkVocabulary(int64_t first, int64_t count, Accumulator* sum, const Accumulator* factor,
                      const Visit& visit) const {
    const int64_t lanes = roundUp(count, kPanel<K>);
    const Buffer<Item> packed(lanes * scores_.steps), left(kSlice * kWidth<K>), items(lanes * chunk_ / K::kDepth);
    const Buffer<Item> weights(chunk_ * kPanel<K> / K::kDepth);
    const Buffer<Accumulator> tiles(lanes * kTile);
    std::vector<Accumulator> scale(static_cast<size_t>(lanes));
    for (int64_t panel = 0; panel < count; panel += kPanel<K>) {
      scores_.packHidden(first + panel, std::min(kPanel<K>, count - panel), packed.get() + panel * scores_.steps);
    }
    for (int64_t begin = 0; begin < head_.vocabulary; begin += chunk_) {
      const int64_t length = std::min(chunk_, head_.vocabulary - begin), steps = stepsOf<K>(length);
      std::fill(scale.begin(), scale.end(), Accumulator{1});
      for (int64_t at = 0; at < length; at += kTile) {
        const int64_t token = begin + at, tokens = std::min(kTile, length - at);
        scores_.compute(token, tokens, packed.get(), count, tiles.get(), left.get());
        for (int64_t panel = 0; panel < count; panel += kPanel<K>) {
          Accumulator* tile = tiles.get() + panel * kTile;
          const int64_t vecs = Scores::vecsOf(count - panel);
          visit(panel, tile, token, tokens, vecs);
          if (sum == nullptr) continue;
          Item* panelItems = items.get() + panel * chunk_ / K::kDepth;
          if (factor != nullptr) {
            const int64_t rows = std::min(kPanel<K>, count - panel);
            rescale(panelItems, rows, at / K::kDepth, steps, factor + panel, &scale[panel]);
          }
          itemsDown<K>(tile, tokens, vecs, panelItems, at / K::kDepth, steps);
        }
      }
      if (sum == nullptr) continue;
      const Onto onto = begin == 0 ? Onto::kNothing : factor == nullptr ? Onto::kResult : Onto::kScaledResult;
      addWeights(begin, length, items.get(), count, weights.get(), scale.data(), onto,
                 sum + first * paddedWidth(head_.width));
    }
  }

  // Rescales the chunk's items of earlier tiles, the first `done` steps, and the factor on the sums that the chunk is added
  // to. A row's largest score grows only a few times in a vocabulary.
  static void rescale(Item* items, int64_t rows, int64_t done, int64_t steps, const Accumulator* factor,
                      Accumulator* scale) {
    using Part = typename K::Part;
    const Left<K> left = leftDown<K>(items, steps);
    for (int64_t row = 0; row < rows; ++row) {
      if (factor[row] == 1) continue;
      scale[row] *= factor[row];
      for (int64_t step = 0; step < done; ++step) {
        Item& item = items[row * left.rowStride + step * left.stepStride];
        Part parts[K::kDepth];
        std::memcpy(parts, &item, sizeof parts);
        for (Part& part : parts) part = static_cast<Part>(static_cast<Accumulator>(part) * factor[row]);
        item = K::join(parts);
      }
    }
  }

  // sum (+)= items of a chunk times the head's rows, a panel of columns at a time.
  void addWeights(int64_t token, int64_t tokens, const Item* items, int64_t count, Item* weights,
                  const Accumulator* scale, Onto onto, Accumulator* sum) const {
    const int64_t steps = stepsOf<K>(tokens), stride = paddedWidth(head_.width);
    for (int64_t column = 0; column < head_.width; column += kPanel<K>) {
      const int64_t columns = std::min(kPanel<K>, head_.width - column);
      packDown<K>([&](int64_t i) { return scores_.weightRow(token + i); }, tokens, column, columns, weights);
      for (int64_t panel = 0; panel < count; panel += kPanel<K>) {
        multiply<K>(leftDown<K>(items + panel * chunk_ / K::kDepth, steps), std::min(kPanel<K>, count - panel),
                    weights, Scores::vecsOf(columns), steps,
                    {sum + panel * stride + column, stride, onto, scale + panel});
      }
    }
  }

  const Scores scores_;
  const Head& head_;
  const Targets& targets_;
  const Parallel& parallel_;
  const int64_t chunk_;
};

}  // namespace
