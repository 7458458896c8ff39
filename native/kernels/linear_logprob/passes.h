// The three passes over the vocabulary, for one kind of arithmetic K and one element T. Included by one translation
// unit an instruction set; everything is in an anonymous namespace, so that no two of them share code.
//
//   statistics, hiddenSum   a task owns a block of hidden rows and walks the vocabulary in tiles
//   weightGradient          a task owns tiles of the vocabulary and walks the hidden rows in blocks
//
// So every sum has one owner and one order, whatever the number of workers and the size of blocks.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include "../bfloat16.h"
#include "../float16.h"
#include "engine.h"
#include "packing.h"
#include "scores.h"
#include "tile_products.h"

namespace {

using earsight::Parallel;
using earsight::linear_logprob::Engine;
using earsight::linear_logprob::Head;
using earsight::linear_logprob::paddedWidth;
using earsight::linear_logprob::ScoreGradient;
using earsight::linear_logprob::Statistics;
using earsight::linear_logprob::Targets;
using earsight::linear_logprob::WeightGradient;

constexpr int64_t kTile = 384;   // tokens of the vocabulary in a tile; divisible by kSlice
constexpr int64_t kSlice = 96;   // tokens of a tile multiplied at a time; divisible by every kRows and kDepth
constexpr int64_t kBlock = 256;  // hidden rows in a block; divisible by every kPanel
// Elements of the width multiplied at a time: a slice of the weight stays in L2.
template <typename K>
constexpr int64_t kWidth = 2048 / sizeof(typename K::Part);

constexpr int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }
constexpr int64_t roundUp(int64_t a, int64_t b) { return ceilDivide(a, b) * b; }

// Uninitialised memory at the start of a cache line.
template <typename X>
class Buffer {
 public:
  explicit Buffer(int64_t count)
      : data_(static_cast<X*>(::operator new(static_cast<size_t>(count) * sizeof(X), kAlign))) {}
  X* get() const { return data_.get(); }

 private:
  static constexpr std::align_val_t kAlign{64};
  struct Free {
    void operator()(X* data) const { ::operator delete(data, kAlign); }
  };
  std::unique_ptr<X, Free> data_;
};

template <typename K, typename T>
class Passes {
  using Accumulator = typename K::Accumulator;
  using Item = typename K::Item;
  static constexpr int64_t kGroup = std::max<int64_t>(K::kLanes, K::kDepth * kStepGrain<K>);

 public:
  Passes(const Head& head, const Targets& targets, const Parallel& parallel)
      : head_(head),
        targets_(targets),
        parallel_(parallel),
        steps_(stepsOf<K>(head.width)),
        factor_(static_cast<Accumulator>(1 / head.temperature)) {
    if (head.bias == nullptr) return;
    const auto* bias = static_cast<const Accumulator*>(head.bias);
    bias_.assign(bias, bias + head.vocabulary);
    for (Accumulator& b : bias_) b *= factor_;
  }

  void statistics(const Statistics& out) const {
    auto* mean = static_cast<Accumulator*>(out.mean);
    eachBlock([&](int64_t first, int64_t count) {
      const int64_t lanes = roundUp(count, kPanel<K>);
      std::vector<Accumulator> state(static_cast<size_t>(4 * lanes), 0);
      const Running<K> running{&state[0], &state[lanes], &state[2 * lanes], &state[3 * lanes]};
      std::fill(running.largest, running.largest + lanes, -std::numeric_limits<Accumulator>::infinity());
      walkVocabulary(first, count, mean, running.factor,
                     [&](int64_t panel, Accumulator* tile, int64_t token, int64_t tokens, int64_t vecs) {
                       takeTargets(
                           first + panel, std::min(kPanel<K>, count - panel), token, tokens,
                           [&](int64_t target, int64_t at) { static_cast<Accumulator*>(out.logp)[target] = tile[at]; });
                       onlineSoftmax<K>(tile, tokens, vecs, running.from(panel));
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
    const Padded padded(gradient, targets_.rows());
    const auto* dLogp = static_cast<const Accumulator*>(gradient.targets);
    eachBlock([&](int64_t first, int64_t count) {
      walkVocabulary(first, count, static_cast<Accumulator*>(sum), nullptr,
                     [&](int64_t panel, Accumulator* tile, int64_t token, int64_t tokens, int64_t vecs) {
                       tileGradient(first + panel, std::min(kPanel<K>, count - panel), tile, token, tokens, vecs,
                                    padded.slopes, dLogp);
                     });
    });
  }

  void weightGradient(const ScoreGradient& gradient, const WeightGradient& out) const {
    const int64_t rows = targets_.rows(), panels = ceilDivide(rows, kPanel<K>);
    const int64_t columnPanels = ceilDivide(head_.width, kPanel<K>);
    const int64_t downSteps = panels * kPanel<K> / K::kDepth;
    const Padded padded(gradient, rows);
    // Hidden rows as right operands of both products.
    const Buffer<Item> across(panels * steps_ * kPanel<K>), down(columnPanels * downSteps * kPanel<K>);
    forEachTask(parallel_, panels, [&](int64_t panel, int) {
      const int64_t first = panel * kPanel<K>, count = std::min(kPanel<K>, rows - first);
      const auto row = [&](int64_t i) { return hiddenRow(first + i); };
      packAcross<K>(row, count, head_.width, across.get() + panel * steps_ * kPanel<K>);
      const int64_t step = first / K::kDepth;
      for (int64_t c = 0; c < columnPanels; ++c) {
        const int64_t column = c * kPanel<K>;
        Item* items = down.get() + (c * downSteps + step) * kPanel<K>;
        packDown<K>(row, count, column, std::min(kPanel<K>, head_.width - column), items);
        std::fill(items + ceilDivide(count, K::kDepth) * kPanel<K>, items + kPanel<K> * kPanel<K> / K::kDepth, Item{});
      }
    });
    // Smaller tiles where the vocabulary is too small to keep all workers busy. A tile's size changes no bits here.
    const int64_t share = ceilDivide(head_.vocabulary, 2 * std::max(1, parallel_.workers));
    const int64_t tileSize = std::min(kTile, roundUp(share, 12));
    std::vector<std::unique_ptr<WeightScratch>> scratch(static_cast<size_t>(std::max(1, parallel_.workers)));
    forEachTask(parallel_, ceilDivide(head_.vocabulary, tileSize), [&](int64_t task, int worker) {
      [[maybe_unused]] const Session<K> session;
      auto& mine = scratch[static_cast<size_t>(worker)];
      if (mine == nullptr) mine = std::make_unique<WeightScratch>(panels * kPanel<K>);
      const int64_t token = task * tileSize;
      weightTile(token, std::min(tileSize, head_.vocabulary - token), across.get(), down.get(), padded.slopes,
                 static_cast<const Accumulator*>(gradient.targets), out, *mine);
    });
  }

 private:
  // A block's gradient with lanes up to a whole panel that contribute 0, whatever their scores.
  struct Padded {
    Padded(const ScoreGradient& gradient, int64_t rows) : values(static_cast<size_t>(3 * roundUp(rows, kPanel<K>)), 0) {
      const int64_t lanes = roundUp(rows, kPanel<K>);
      const auto put = [&](const void* source, int64_t at) {
        if (source != nullptr) std::copy_n(static_cast<const Accumulator*>(source), rows, &values[at]);
      };
      std::fill_n(values.begin(), lanes, std::numeric_limits<Accumulator>::infinity());
      put(gradient.lse, 0);
      put(gradient.plain, lanes);
      put(gradient.slope, 2 * lanes);
      slopes = {&values[0], &values[lanes], &values[2 * lanes]};
    }
    std::vector<Accumulator> values;
    Slopes<K> slopes;
  };

  struct WeightScratch {
    explicit WeightScratch(int64_t rows)
        : tiles(kTile * kBlock),
          scores(kTile * rows / K::kDepth),
          left(kSlice * kWidth<K>),
          sums(kTile * kPanel<K>) {}
    Buffer<Accumulator> tiles;
    Buffer<Item> scores, left;  // scores: [kTile][rows]
    Buffer<Accumulator> sums;
  };

  const T* hiddenRow(int64_t u) const {
    return static_cast<const T*>(head_.hidden) + targets_.row[u] * head_.hiddenStride;
  }
  const T* weightRow(int64_t token) const { return static_cast<const T*>(head_.weight) + token * head_.weightStride; }
  // Vectors in use of a panel: whole steps of the contraction over its rows.
  static int64_t vecsOf(int64_t columns) { return roundUp(std::min(columns, kPanel<K>), kGroup) / K::kLanes; }

  // Blocks as even as whole vectors allow: two workers and 300 rows make two blocks, not three.
  template <typename Body>
  void eachBlock(const Body& body) const {
    const int64_t rows = targets_.rows(), workers = std::max(1, parallel_.workers);
    if (rows == 0) return;
    const int64_t blocks = roundUp(ceilDivide(rows, kBlock), workers);
    const int64_t size = std::min(kBlock, roundUp(ceilDivide(rows, blocks), K::kLanes));
    forEachTask(parallel_, ceilDivide(rows, size),
                [&](int64_t task, int) {
                  [[maybe_unused]] const Session<K> session;
                  body(task * size, std::min(size, rows - task * size));
                });
  }

  // visit(target, place in the tile) for the targets of rows first .. first + count that lie in the tile.
  template <typename Visit>
  void takeTargets(int64_t first, int64_t count, int64_t token, int64_t tokens, const Visit& visit) const {
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t target = targets_.first[first + i]; target < targets_.first[first + i + 1]; ++target) {
        const int64_t v = targets_.token[target] - token;
        if (v >= 0 && v < tokens) visit(target, v * kPanel<K> + i);
      }
    }
  }

  // Scores of rows first .. first + count become dz. The target's share is added before anything is rounded: where a
  // token is all but certain, the two parts of its dz cancel.
  void tileGradient(int64_t first, int64_t count, Accumulator* tile, int64_t token, int64_t tokens, int64_t vecs,
                    const Slopes<K>& slopes, const Accumulator* dLogp) const {
    scoreGradient<K>(tile, tokens, vecs, slopes.from(first));
    takeTargets(first, count, token, tokens, [&](int64_t target, int64_t at) { tile[at] += dLogp[target]; });
  }

  // Rows of the weight as left operand over steps `first` .. of the width.
  Left<K> weightItems(int64_t token, int64_t tokens, int64_t first, int64_t count, Item* scratch) const {
    if constexpr (std::is_same_v<T, typename K::Part>) {
      // Tiles are 16 rows high too: the last ones must not be read past the weight's end.
      const bool whole = head_.width % (K::kDepth * kStepGrain<K>) == 0 && tokens % kStepGrain<K> == 0;
      if (whole && head_.weightStride % K::kDepth == 0) {
        return {reinterpret_cast<const Item*>(weightRow(token)) + first, head_.weightStride / K::kDepth, 1};
      }
    }
    packRows<K>([&](int64_t i) { return weightRow(token + i); }, tokens, first * K::kDepth,
                (first + count) * K::kDepth, head_.width, scratch);
    return {scratch, count, 1};
  }

  // Scores of a tile of tokens against `rows` packed rows: [panel][kTile][kPanel].
  void scoreTiles(int64_t token, int64_t tokens, const Item* packed, int64_t rows, Accumulator* tiles,
                  Item* left) const {
    constexpr int64_t kSteps = kWidth<K> / K::kDepth;
    for (int64_t from = 0; from < tokens; from += kSlice) {
      const int64_t slice = std::min(kSlice, tokens - from);
      for (int64_t step = 0; step < steps_; step += kSteps) {
        const int64_t count = std::min(kSteps, steps_ - step);
        const Left<K> a = weightItems(token + from, slice, step, count, left);
        for (int64_t panel = 0; panel < rows; panel += kPanel<K>) {
          multiply<K>(a, slice, packed + panel * steps_ + step * kPanel<K>, vecsOf(rows - panel), count,
                      {tiles + panel * kTile + from * kPanel<K>, kPanel<K>,
                       step == 0 ? Onto::kNothing : Onto::kResult, nullptr});
        }
      }
    }
    if (factor_ == 1 && bias_.empty()) return;
    for (int64_t panel = 0; panel < rows; panel += kPanel<K>) {
      scaleScores<K>(tiles + panel * kTile, tokens, vecsOf(rows - panel),
                     {factor_, bias_.empty() ? nullptr : bias_.data() + token});
    }
  }

  // Scores of rows first .. first + count, tile by tile; `visit` turns a tile into weights of the tokens. Where `sum`
  // is wanted ([U][paddedWidth]), it gathers the weighted rows of the head; `factor` rescales what is there (null:
  // not).
  template <typename Visit>
  void walkVocabulary(int64_t first, int64_t count, Accumulator* sum, const Accumulator* factor,
                      const Visit& visit) const {
    const int64_t lanes = roundUp(count, kPanel<K>), stride = paddedWidth(head_.width);
    const Buffer<Item> packed(lanes * steps_), left(kSlice * kWidth<K>);
    const Buffer<Item> weights(kTile * kPanel<K> / K::kDepth), panelItems(lanes * kTile / K::kDepth);
    const Buffer<Accumulator> tiles(lanes * kTile);
    for (int64_t panel = 0; panel < count; panel += kPanel<K>) {
      packAcross<K>([&](int64_t i) { return hiddenRow(first + panel + i); }, std::min(kPanel<K>, count - panel),
                    head_.width, packed.get() + panel * steps_);
    }
    for (int64_t token = 0; token < head_.vocabulary; token += kTile) {
      const int64_t tokens = std::min(kTile, head_.vocabulary - token), steps = stepsOf<K>(tokens);
      scoreTiles(token, tokens, packed.get(), count, tiles.get(), left.get());
      for (int64_t panel = 0; panel < count; panel += kPanel<K>) {
        Accumulator* tile = tiles.get() + panel * kTile;
        visit(panel, tile, token, tokens, vecsOf(count - panel));
        if (sum != nullptr)
          itemsDown<K>(tile, tokens, vecsOf(count - panel), panelItems.get() + panel * kTile / K::kDepth);
      }
      if (sum == nullptr) continue;
      const Onto onto = token == 0 ? Onto::kNothing : factor == nullptr ? Onto::kResult : Onto::kScaledResult;
      for (int64_t column = 0; column < head_.width; column += kPanel<K>) {
        const int64_t columns = std::min(kPanel<K>, head_.width - column);
        packDown<K>([&](int64_t i) { return weightRow(token + i); }, tokens, column, columns, weights.get());
        for (int64_t panel = 0; panel < count; panel += kPanel<K>) {
          multiply<K>(
              leftDown<K>(panelItems.get() + panel * kTile / K::kDepth, steps), std::min(kPanel<K>, count - panel),
              weights.get(), vecsOf(columns), steps,
              {sum + (first + panel) * stride + column, stride, onto, factor == nullptr ? factor : factor + panel});
        }
      }
    }
  }

  // dz of the tile for all rows first, then the gradient's columns, a panel at a time.
  void weightTile(int64_t token, int64_t tokens, const Item* across, const Item* down, const Slopes<K>& slopes,
                  const Accumulator* dLogp, const WeightGradient& out, const WeightScratch& scratch) const {
    const int64_t rows = targets_.rows(), downSteps = roundUp(rows, kPanel<K>) / K::kDepth;
    Accumulator biasSums[kTile] = {};
    for (int64_t first = 0; first < rows; first += kBlock) {
      const int64_t count = std::min(kBlock, rows - first);
      scoreTiles(token, tokens, across + first * steps_, count, scratch.tiles.get(), scratch.left.get());
      for (int64_t panel = 0; panel < count; panel += kPanel<K>) {
        Accumulator* tile = scratch.tiles.get() + panel * kTile;
        tileGradient(first + panel, std::min(kPanel<K>, count - panel), tile, token, tokens, vecsOf(count - panel),
                     slopes, dLogp);
        itemsAlong<K>(tile, tokens, vecsOf(count - panel), scratch.scores.get() + (first + panel) / K::kDepth,
                      downSteps, out.bias == nullptr ? nullptr : biasSums);
      }
    }
    if (out.bias != nullptr) {
      for (int64_t v = 0; v < tokens; ++v) static_cast<Accumulator*>(out.bias)[token + v] = biasSums[v] * factor_;
    }
    if (out.weight == nullptr) return;
    Accumulator* sums = scratch.sums.get();
    if (rows == 0) std::fill_n(sums, kTile * kPanel<K>, Accumulator{0});
    for (int64_t column = 0; column < head_.width; column += kPanel<K>) {
      const int64_t columns = std::min(kPanel<K>, head_.width - column);
      const Item* panel = down + column * downSteps;
      for (int64_t first = 0; first < rows; first += kBlock) {
        const int64_t step = first / K::kDepth;
        // Rows up to a whole group are zero in both operands.
        const int64_t steps = roundUp(std::min(kBlock, rows - first), kGroup) / K::kDepth;
        multiply<K>({scratch.scores.get() + step, downSteps, 1}, tokens, panel + step * kPanel<K>, vecsOf(columns),
                    steps, {sums, kPanel<K>, first == 0 ? Onto::kNothing : Onto::kResult, nullptr});
      }
      for (int64_t v = 0; v < tokens; ++v) {
        writeRow(sums + v * kPanel<K>, columns, out.add,
                 static_cast<T*>(out.weight) + (token + v) * out.stride + column);
      }
    }
  }

  // Sums over the temperature, rounded once.
  void writeRow(const Accumulator* sums, int64_t columns, bool add, T* out) const {
    int64_t c = 0;
    if constexpr (requires(T* to, typename K::Vec x) { K::storeElements(to, x); }) {
      if (!add) {
        for (; c + K::kLanes <= columns; c += K::kLanes) {
          K::storeElements(out + c, K::mul(K::load(sums + c), K::set(factor_)));
        }
      }
    }
    for (; c < columns; ++c) {
      const Accumulator before = add ? static_cast<Accumulator>(out[c]) : Accumulator{0};
      out[c] = static_cast<T>(before + sums[c] * factor_);
    }
  }

  const Head& head_;
  const Targets& targets_;
  const Parallel& parallel_;
  const int64_t steps_;  // of the contraction over the width
  const Accumulator factor_;
  std::vector<Accumulator> bias_;  // over the temperature; empty where there is none
};

// An engine of these passes. Choose::passes(element, run) calls run(std::type_identity<Passes<K, T>>{}) for the K and T
// that the element takes, of those that Choose::accepts.
template <typename Choose>
constexpr Engine makeEngine(const char* name, earsight::Isa isa) {
  return {
      name,
      isa,
      Choose::accepts,
      [](const Head& head, const Targets& targets, const Statistics& out, const Parallel& parallel) {
        Choose::passes(head.element,
                       [&]<typename P>(std::type_identity<P>) { P(head, targets, parallel).statistics(out); });
      },
      [](const Head& head, const Targets& targets, const ScoreGradient& gradient, void* sum, const Parallel& parallel) {
        Choose::passes(head.element,
                       [&]<typename P>(std::type_identity<P>) { P(head, targets, parallel).hiddenSum(gradient, sum); });
      },
      [](const Head& head, const Targets& targets, const ScoreGradient& gradient, const WeightGradient& out,
         const Parallel& parallel) {
        Choose::passes(head.element, [&]<typename P>(std::type_identity<P>) {
          P(head, targets, parallel).weightGradient(gradient, out);
        });
      }};
}

}  // namespace
