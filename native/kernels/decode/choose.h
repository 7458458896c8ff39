// Choices of tokens by the packed head: see choice.h. Everything is in an anonymous namespace, as in decoder.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "choice.h"
#include "decoder.h"

namespace {

using earsight::decode::Choice;
using earsight::decode::ChoiceRow;

constexpr int64_t kBlockPanels = kTaskPanels;
constexpr int64_t kBlock = kBlockPanels * kPanel;

// Of the logits of one row in one block, at the temperature.
struct BlockSums {
  float largest = -INFINITY;
  float sum = 0;       // of e^(z - largest)
  float weighted = 0;  // of e^(z - largest) z
};

// The distribution of a row over all blocks.
struct Distribution {
  double largest = -INFINITY, total = 0, weighted = 0;  // e^(z - largest), times z

  Distribution(const BlockSums* blocks, int64_t count) {
    for (int64_t b = 0; b < count; ++b) {
      // NaN stays.
      if (!(blocks[b].largest <= largest)) largest = blocks[b].largest;
      if (std::isnan(largest)) return;
    }
    for (int64_t b = 0; b < count; ++b) {
      const double factor = share(blocks[b].largest);
      total += factor * blocks[b].sum;
      weighted += factor * blocks[b].weighted;
    }
  }
  double share(double z) const { return z == -INFINITY ? 0 : std::exp(z - largest); }
  double lse() const { return largest + std::log(total); }
};

struct Candidate {
  float z;
  int64_t token;
};

template <typename W>
class Choosing {
 public:
  // hidden: what `tiles` hold
  Choosing(const PackedMatrix& head, const InputTiles<W>& tiles, const float* hidden, std::span<const ChoiceRow> rows,
           const Parallel& parallel)
      : head_(head),
        tiles_(tiles),
        hidden_(hidden),
        rows_(rows),
        parallel_(parallel),
        count_(static_cast<int64_t>(rows.size())),
        blocks_((head.panels() + kBlockPanels - 1) / kBlockPanels),
        isPenalised_(std::any_of(rows.begin(), rows.end(), penalised)),
        plain_(count_ * blocks_),
        changed_(isPenalised_ ? count_ * blocks_ : 0) {}

  void run(Choice* out) {
    earsight::forEachTask(parallel_, blocks_, [&](int64_t block, int) { summarise(block); });
    forRows(count_, 1, parallel_, [&](int64_t row, int) { out[row] = choose(row); });
  }

 private:
  static bool penalised(const ChoiceRow& row) { return row.seen != nullptr && row.sampling.repetitionPenalty != 1; }

  PanelRange rangeOf(int64_t block) const {
    const int64_t first = block * kBlockPanels;
    return {first, std::min(head_.panels(), first + kBlockPanels), first + parallel_.workers * kBlockPanels};
  }

  // A row's logits of one panel at the temperature; beyond the vocabulary -infinity.
  void scale(int64_t row, int64_t panel, const float* sums, float* z) const {
    const float temperature = rows_[row].sampling.temperature == 0 ? 1 : rows_[row].sampling.temperature;
    const int64_t count = std::min(kPanel, head_.outputs - panel * kPanel);
    for (int64_t i = 0; i < kPanel; ++i) z[i] = i < count ? sums[i] / temperature : -INFINITY;
  }

  // Divides what occurred by the penalty where positive, else multiplies (CTRL, arXiv 1909.05858).
  void penalise(int64_t row, int64_t panel, float* z) const {
    const float penalty = rows_[row].sampling.repetitionPenalty;
    for (uint32_t bits = rows_[row].seen[panel]; bits != 0; bits &= bits - 1) {
      float& x = z[std::countr_zero(bits)];
      x = x > 0 ? x / penalty : x * penalty;
    }
  }

  static BlockSums sumsOf(const float* z) {
    BlockSums sums;
    bool isNan = false;
    for (int64_t i = 0; i < kBlock; ++i) {
      isNan |= z[i] != z[i];
      sums.largest = std::max(sums.largest, z[i]);
    }
    if (isNan) sums.largest = NAN;
    if (!std::isfinite(sums.largest)) return sums;
    const Vec shift = Vectors::set(sums.largest), lowest = Vectors::set(Vectors::kLowest);
    Vec sum = Vectors::zero(), weighted = Vectors::zero();
    for (int64_t i = 0; i < kBlock; i += Vectors::kLanes) {
      const Vec x = Vectors::load(z + i);
      const Vec e = Vectors::exp(Vectors::max(lowest, Vectors::sub(x, shift)));
      sum = Vectors::add(sum, e);
      // 0 times -infinity: tokens of no probability count as 0.
      weighted = Vectors::fma(e, Vectors::max(Vectors::set(-std::numeric_limits<float>::max()), x), weighted);
    }
    sums.sum = Vectors::sum(sum);
    sums.weighted = Vectors::sum(weighted);
    return sums;
  }

  void summarise(int64_t block) {
    const PanelRange range = rangeOf(block);
    alignas(64) float z[Vectors::kMaxRows][kBlock];
    for (auto& row : z) std::fill_n(row, kBlock, -INFINITY);
    productPanels(head_, tiles_, range, [&](int64_t row, int64_t panel, const float* sums) {
      float* const own = z[row % Vectors::kMaxRows];
      scale(row, panel, sums, own + (panel - range.first) * kPanel);
      if (panel + 1 < range.last) return;
      plain_[row * blocks_ + block] = sumsOf(own);
      if (!isPenalised_) return;
      if (penalised(rows_[row])) {
        for (int64_t p = range.first; p < range.last; ++p) penalise(row, p, own + (p - range.first) * kPanel);
      }
      changed_[row * blocks_ + block] = sumsOf(own);
    });
  }

  // A row as the only one of its tile.
  struct OwnTile {
    std::unique_ptr<typename W::Item[]> items;
    InputTiles<W> tiles;
    int64_t row;
  };

  OwnTile ownTile(int64_t row) const {
    auto items = uninitialised<typename W::Item>(InputTiles<W>::size(1, head_.inputs));
    const InputTiles<W> tiles{items.get(), 1, head_.inputs};
    tiles.put(0, 0, hidden_ + row * head_.inputs, head_.inputs);
    return {std::move(items), tiles, row};
  }

  // The block's logits again, with or without the penalty.
  void logits(const OwnTile& own, int64_t block, bool withPenalty, float* z) const {
    const PanelRange range = rangeOf(block);
    std::fill_n(z, kBlock, -INFINITY);
    productPanels(head_, own.tiles, range, [&](int64_t, int64_t panel, const float* sums) {
      scale(own.row, panel, sums, z + (panel - range.first) * kPanel);
      if (withPenalty && penalised(rows_[own.row])) penalise(own.row, panel, z + (panel - range.first) * kPanel);
    });
  }

  Choice choose(int64_t row) const {
    const BlockSums* const plain = plain_.data() + row * blocks_;
    const BlockSums* const drawn = isPenalised_ ? changed_.data() + row * blocks_ : plain;
    const Distribution all(plain, blocks_), own = isPenalised_ ? Distribution(drawn, blocks_) : all;
    if (!std::isfinite(all.largest) || !std::isfinite(own.largest)) return {0, NAN, NAN, true};
    const auto& [temperature, topK, topP, minP, penalty] = rows_[row].sampling;
    const bool isWhole = (topK == 0 || topK >= head_.outputs) && topP >= 1 && minP <= 0;
    const OwnTile tile = ownTile(row);
    const int64_t given = rows_[row].given;
    Candidate chosen = given >= 0         ? Candidate{0, given}
                       : temperature == 0 ? likeliest(tile, drawn, own)
                       : isWhole          ? draw(tile, drawn, own)
                                          : drawOf(row, restricted(tile, drawn, own), own);
    if (given >= 0 || penalised(rows_[row])) {
      alignas(64) float z[kBlock];
      logits(tile, chosen.token / kBlock, false, z);
      chosen.z = z[chosen.token % kBlock];
    }
    const double lse = all.lse();
    return {chosen.token, static_cast<float>(chosen.z - lse), static_cast<float>(lse - all.weighted / all.total), false};
  }

  Candidate likeliest(const OwnTile& tile, const BlockSums* blocks, const Distribution& own) const {
    const auto largest = static_cast<float>(own.largest);
    const int64_t block = std::find_if(blocks, blocks + blocks_, [&](const BlockSums& b) { return b.largest == largest; }) - blocks;
    alignas(64) float z[kBlock];
    logits(tile, block, true, z);
    return {largest, block * kBlock + (std::find(z, z + kBlock, largest) - z)};
  }

  Candidate draw(const OwnTile& tile, const BlockSums* blocks, const Distribution& own) const {
    const double threshold = rows_[tile.row].uniform * own.total;
    // Rounding must not run off the end: the last block of any mass, and its last token, stay.
    double before = 0, reached = 0;
    int64_t block = 0;
    for (int64_t b = 0; b < blocks_; ++b) {
      const double mass = own.share(blocks[b].largest) * blocks[b].sum;
      if (mass <= 0) continue;
      block = b;
      reached = before;
      before += mass;
      if (before > threshold) break;
    }
    alignas(64) float z[kBlock];
    logits(tile, block, true, z);
    int64_t last = 0;
    for (int64_t i = 0; i < kBlock; ++i) {
      const double mass = own.share(z[i]);
      if (mass <= 0) continue;
      last = i;
      reached += mass;
      if (reached > threshold) break;
    }
    return {z[last], block * kBlock + last};
  }

  // The tokens that topK, topP and minP leave, in this order.
  std::vector<Candidate> restricted(const OwnTile& tile, const BlockSums* blocks, const Distribution& own) const {
    const auto& [temperature, topK, topP, minP, penalty] = rows_[tile.row].sampling;
    const bool hasTopK = topK > 0 && topK < head_.outputs;
    const double least = minP > 0 ? own.largest + std::log(static_cast<double>(minP)) : -INFINITY;
    std::vector<int64_t> order(blocks_);
    std::iota(order.begin(), order.end(), int64_t{0});
    std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      return blocks[a].largest != blocks[b].largest ? blocks[a].largest > blocks[b].largest : a < b;
    });
    // Blocks are opened by their largest logit. `found` is sorted; what lies above the next block's largest is settled.
    std::vector<Candidate> found;
    const auto above = [](const Candidate& a, const Candidate& b) { return a.z != b.z ? a.z > b.z : a.token < b.token; };
    int64_t settled = 0;
    double mass = 0;
    for (int64_t next = 0; next < blocks_; ++next) {
      const double bound = blocks[order[next]].largest;
      for (; settled < static_cast<int64_t>(found.size()) && found[settled].z > bound; ++settled) mass += own.share(found[settled].z);
      if (hasTopK ? settled >= topK : topP < 1 && mass >= topP * own.total) break;
      // Where topP takes its part of the mass of topK, the small ones of those count too.
      if ((bound < least && !(hasTopK && topP < 1)) || bound == -INFINITY) break;
      alignas(64) float z[kBlock];
      logits(tile, order[next], true, z);
      const auto middle = static_cast<int64_t>(found.size());
      for (int64_t i = 0; i < kBlock; ++i) {
        if (z[i] > -INFINITY) found.push_back({z[i], order[next] * kBlock + i});
      }
      std::sort(found.begin() + middle, found.end(), above);
      std::inplace_merge(found.begin() + settled, found.begin() + middle, found.end(), above);
    }
    if (hasTopK && static_cast<int64_t>(found.size()) > topK) {
      const float smallest = found[topK - 1].z;
      found.erase(std::find_if(found.begin() + topK, found.end(), [&](const Candidate& c) { return c.z < smallest; }),
                  found.end());
    }
    if (topP < 1) {
      double total = own.total;
      if (hasTopK) {
        total = 0;
        for (const Candidate& c : found) total += own.share(c.z);
      }
      // The token with which the sum reaches topP belongs to the nucleus.
      double before = 0;
      size_t kept = 0;
      while (kept < found.size() && (kept == 0 || before < topP * total)) before += own.share(found[kept++].z);
      found.resize(kept);
    }
    found.erase(std::find_if(found.begin(), found.end(), [&](const Candidate& c) { return c.z < least; }), found.end());
    std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.token < b.token; });
    return found;
  }

  Candidate drawOf(int64_t row, const std::vector<Candidate>& candidates, const Distribution& own) const {
    double total = 0;
    for (const Candidate& c : candidates) total += own.share(c.z);
    const double threshold = rows_[row].uniform * total;
    double reached = 0;
    for (const Candidate& c : candidates) {
      reached += own.share(c.z);
      if (reached > threshold) return c;
    }
    return candidates.back();
  }

  const PackedMatrix& head_;
  const InputTiles<W>& tiles_;
  const float* const hidden_;
  const std::span<const ChoiceRow> rows_;
  const Parallel& parallel_;
  const int64_t count_, blocks_;
  const bool isPenalised_;
  std::vector<BlockSums> plain_, changed_;
};

}  // namespace
