// The first step of all passes: the scores of a tile of the vocabulary for a block of hidden rows, and the targets in it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "buffer.h"
#include "packing.h"
#include "problem.h"
#include "scores.h"
#include "targets.h"
#include "tile_products.h"

namespace {

using earsight::linear_logprob::Head;
using earsight::linear_logprob::kTile;
using earsight::linear_logprob::Targets;

constexpr int64_t kSlice = 96;   // tokens of a tile multiplied at a time; divisible by every kRows and kDepth
constexpr int64_t kBlock = 256;  // hidden rows in a block; divisible by every kPanel
static_assert(kTile % kSlice == 0);
// Elements of the width multiplied at a time: a slice of the weight stays in L2.
template <typename K>
constexpr int64_t kWidth = 2048 / sizeof(typename K::Part);

constexpr int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }
constexpr int64_t roundUp(int64_t a, int64_t b) { return ceilDivide(a, b) * b; }

template <typename K, typename T>
class TileScores {
 public:
  using Accumulator = typename K::Accumulator;
  using Item = typename K::Item;
  // The number of used rows of a panel is a multiple of this: whole vectors, and whole steps of a contraction over them.
  static constexpr int64_t kGroup = std::max<int64_t>(K::kLanes, K::kDepth * kStepGrain<K>);

  TileScores(const Head& head, const Targets& targets)
      : head(head),
        targets(targets),
        steps(stepsOf<K>(head.width)),
        factor(static_cast<Accumulator>(1 / head.temperature)) {
    if (head.bias == nullptr) return;
    const auto* bias = static_cast<const Accumulator*>(head.bias);
    bias_.assign(bias, bias + head.vocabulary);
    for (Accumulator& b : bias_) b *= factor;
  }

  const Head& head;
  const Targets& targets;
  const int64_t steps;  // of the contraction over the width
  const Accumulator factor;

  const T* hiddenRow(int64_t u) const {
    return static_cast<const T*>(head.hidden) + targets.row[u] * head.hiddenStride;
  }
  const T* weightRow(int64_t token) const { return static_cast<const T*>(head.weight) + token * head.weightStride; }

  static int64_t vecsOf(int64_t columns) { return roundUp(std::min(columns, kPanel<K>), kGroup) / K::kLanes; }

  // Rows first .. first + count as right operand: [panel][steps][kPanel].
  void packHidden(int64_t first, int64_t count, Item* packed) const {
    packAcross<K>([&](int64_t i) { return hiddenRow(first + i); }, count, head.width, packed);
  }

  // Scores of a tile of tokens against `rows` packed rows: [panel][kTile][kPanel]. left: kSlice * kWidth items.
  void compute(int64_t token, int64_t tokens, const Item* packed, int64_t rows, Accumulator* tiles, Item* left) const {
    constexpr int64_t kSteps = kWidth<K> / K::kDepth;
    for (int64_t from = 0; from < tokens; from += kSlice) {
      const int64_t slice = std::min(kSlice, tokens - from);
      for (int64_t step = 0; step < steps; step += kSteps) {
        const int64_t count = std::min(kSteps, steps - step);
        const Left<K> a = weightItems(token + from, slice, step, count, left);
        for (int64_t panel = 0; panel < rows; panel += kPanel<K>) {
          multiply<K>(a, slice, packed + panel * steps + step * kPanel<K>, vecsOf(rows - panel), count,
                      {tiles + panel * kTile + from * kPanel<K>, kPanel<K>,
                       step == 0 ? Onto::kNothing : Onto::kResult, nullptr});
        }
      }
    }
    if (factor == 1 && bias_.empty()) return;
    for (int64_t panel = 0; panel < rows; panel += kPanel<K>) {
      scaleScores<K>(tiles + panel * kTile, tokens, vecsOf(rows - panel),
                     {factor, bias_.empty() ? nullptr : bias_.data() + token});
    }
  }

  // visit(target, index in the tile) for the targets of rows first .. first + count whose tokens are in the tile.
  template <typename Visit>
  void takeTargets(int64_t first, int64_t count, int64_t token, int64_t tokens, const Visit& visit) const {
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t target = targets.first[first + i]; target < targets.first[first + i + 1]; ++target) {
        const int64_t v = targets.token[target] - token;
        if (v >= 0 && v < tokens) visit(target, v * kPanel<K> + i);
      }
    }
  }

 private:
  // Rows of the weight as left operand over steps `first` .. of the width.
  Left<K> weightItems(int64_t token, int64_t tokens, int64_t first, int64_t count, Item* scratch) const {
    if constexpr (std::is_same_v<T, typename K::Part>) {
      // Tiles have 16 rows too: the last ones must not be read past the weight's end.
      const bool whole = head.width % (K::kDepth * kStepGrain<K>) == 0 && tokens % kStepGrain<K> == 0;
      if (whole && head.weightStride % K::kDepth == 0) {
        return {reinterpret_cast<const Item*>(weightRow(token)) + first, head.weightStride / K::kDepth, 1};
      }
    }
    packRows<K>([&](int64_t i) { return weightRow(token + i); }, tokens, first * K::kDepth,
                (first + count) * K::kDepth, head.width, scratch);
    return {scratch, count, 1};
  }

  std::vector<Accumulator> bias_;  // divided by the temperature; empty without a bias
};

}  // namespace
