// The pass in which a task owns tiles of the vocabulary and goes over the hidden rows in blocks: the gradient of the head.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../parallel.h"
#include "engine.h"
#include "saved_tiles.h"
#include "score_gradient.h"
#include "tile_scores.h"

namespace {

using earsight::Parallel;
using earsight::linear_logprob::WeightGradient;

// Hidden rows that a product of the head's gradient adds up at a time.
constexpr int64_t kSumRows = 512;
static_assert(kSumRows % kBlock == 0);

template <typename K, typename T>
class WeightPass {
  using Accumulator = typename K::Accumulator;
  using Item = typename K::Item;
  using Scores = TileScores<K, T>;

 public:
  WeightPass(const Head& head, const Targets& targets, const ScoreGradient& gradient, const WeightGradient& out,
             const Parallel& parallel)
      : scores_(head, targets),
        gradient_(gradient),
        gradients_(gradient, targets.rows()),
        out_(out),
        parallel_(parallel),
        width_(head.width),
        rows_(targets.rows()),
        panels_(ceilDivide(rows_, kPanel<K>)),
        downSteps_(panels_ * kPanel<K> / K::kDepth),
        across_(gradient.tiles.values == nullptr ? panels_ * scores_.steps * kPanel<K> : 0),
        down_(ceilDivide(width_, kPanel<K>) * downSteps_ * kPanel<K>) {}

  void run() const {
    forEachTask(parallel_, panels_, [&](int64_t panel, int) { packPanel(panel); });
    // Smaller tiles where the vocabulary is too small to keep all workers busy. The size of a tile changes no bits here.
    const int64_t vocabulary = scores_.head.vocabulary;
    const int64_t tokensEach = ceilDivide(vocabulary, 2 * std::max(1, parallel_.workers));
    const int64_t tileSize = std::min(kTile, roundUp(tokensEach, 12));
    std::vector<std::unique_ptr<Scratch>> scratch(static_cast<size_t>(std::max(1, parallel_.workers)));
    forEachTask(parallel_, ceilDivide(vocabulary, tileSize), [&](int64_t task, int worker) {
      [[maybe_unused]] const Session<K> session;
      auto& mine = scratch[static_cast<size_t>(worker)];
      if (mine == nullptr) mine = std::make_unique<Scratch>(panels_ * kPanel<K>);
      const int64_t token = task * tileSize, tokens = std::min(tileSize, vocabulary - token);
      gradientTile(token, tokens, *mine);
      if (out_.weight != nullptr) weightTile(token, tokens, *mine);
    });
  }

 private:
  struct Scratch {
    explicit Scratch(int64_t rows)
        : tiles(kTile * kBlock),
          scores(kTile * rows / K::kDepth),
          left(kSlice * kWidth<K>),
          sums(kTile * kPanel<K>) {}
    Buffer<Accumulator> tiles;
    Buffer<Item> scores, left;  // scores: [kTile][rows]
    Buffer<Accumulator> sums;
  };

  // Hidden rows as right operands of both products.
  void packPanel(int64_t panel) const {
    const int64_t first = panel * kPanel<K>, count = std::min(kPanel<K>, rows_ - first);
    if (gradient_.tiles.values == nullptr) {
      scores_.packHidden(first, count, across_.get() + panel * scores_.steps * kPanel<K>);
    }
    for (int64_t column = 0; column < width_; column += kPanel<K>) {
      Item* items = down_.get() + column * downSteps_ + first / K::kDepth * kPanel<K>;
      packDown<K>([&](int64_t i) { return scores_.hiddenRow(first + i); }, count, column,
                  std::min(kPanel<K>, width_ - column), items);
      std::fill(items + ceilDivide(count, K::kDepth) * kPanel<K>, items + kPanel<K> * kPanel<K> / K::kDepth, Item{});
    }
  }

  // dz of a tile for all rows, as left operand.
  void gradientTile(int64_t token, int64_t tokens, const Scratch& scratch) const {
    const bool saved = gradient_.tiles.values != nullptr;
    Accumulator biasSums[kTile] = {};
    for (int64_t first = 0; first < rows_; first += kBlock) {
      const int64_t count = std::min(kBlock, rows_ - first);
      if (!saved) {
        const Item* packed = across_.get() + first * scores_.steps;
        scores_.compute(token, tokens, packed, count, scratch.tiles.get(), scratch.left.get());
      }
      for (int64_t panel = 0; panel < count; panel += kPanel<K>) {
        Accumulator* tile = scratch.tiles.get() + panel * kTile;
        const int64_t row = first + panel, rows = std::min(kPanel<K>, count - panel);
        const int64_t vecs = Scores::vecsOf(count - panel);
        if (saved) {
          savedGradient<K>(gradient_.tiles, token, tokens, row, rows, gradients_.terms(row), tile);
        } else {
          scoreGradient<K>(tile, tokens, vecs, gradients_.terms(row));
        }
        gradients_.addTargets(scores_, row, rows, token, tokens, tile);
        itemsAlong<K>(tile, tokens, vecs, scratch.scores.get() + row / K::kDepth, downSteps_,
                      out_.bias == nullptr ? nullptr : biasSums);
      }
    }
    if (out_.bias == nullptr) return;
    for (int64_t v = 0; v < tokens; ++v) static_cast<Accumulator*>(out_.bias)[token + v] = biasSums[v] * scores_.factor;
  }

  // The gradient's columns, a panel at a time.
  void weightTile(int64_t token, int64_t tokens, const Scratch& scratch) const {
    Accumulator* sums = scratch.sums.get();
    if (rows_ == 0) std::fill_n(sums, kTile * kPanel<K>, Accumulator{0});
    for (int64_t column = 0; column < width_; column += kPanel<K>) {
      const int64_t columns = std::min(kPanel<K>, width_ - column);
      const Item* panel = down_.get() + column * downSteps_;
      for (int64_t first = 0; first < rows_; first += kSumRows) {
        const int64_t step = first / K::kDepth;
        // Rows up to a whole group are zero in both operands.
        const int64_t steps = roundUp(std::min(kSumRows, rows_ - first), Scores::kGroup) / K::kDepth;
        multiply<K>({scratch.scores.get() + step, downSteps_, 1}, tokens, panel + step * kPanel<K>,
                    Scores::vecsOf(columns), steps,
                    {sums, kPanel<K>, first == 0 ? Onto::kNothing : Onto::kResult, nullptr});
      }
      for (int64_t v = 0; v < tokens; ++v) {
        writeRow(sums + v * kPanel<K>, columns, static_cast<T*>(out_.weight) + (token + v) * out_.stride + column);
      }
    }
  }

  // Divides sums by the temperature and rounds once.
  void writeRow(const Accumulator* sums, int64_t columns, T* out) const {
    int64_t c = 0;
    if constexpr (requires(T* to, typename K::Vec x) { K::storeElements(to, x); }) {
      if (!out_.add) {
        for (; c + K::kLanes <= columns; c += K::kLanes) {
          K::storeElements(out + c, K::mul(K::load(sums + c), K::set(scores_.factor)));
        }
      }
    }
    for (; c < columns; ++c) {
      const Accumulator before = out_.add ? static_cast<Accumulator>(out[c]) : Accumulator{0};
      out[c] = static_cast<T>(before + sums[c] * scores_.factor);
    }
  }

  const Scores scores_;
  const ScoreGradient& gradient_;
  const GradientRows<K> gradients_;
  const WeightGradient& out_;
  const Parallel& parallel_;
  const int64_t width_, rows_, panels_, downSteps_;
  const Buffer<Item> across_, down_;  // [panel][steps][kPanel], [panel of columns][downSteps][kPanel]
};

}  // namespace
