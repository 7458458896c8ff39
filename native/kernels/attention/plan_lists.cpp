#include "plan_lists.h"

#include <algorithm>
#include <map>

#include "plan_order.h"
#include "plan_sights.h"

namespace earsight::attention {

namespace {

// Nodes with fewer query rows share tiles. A tile's cost hardly depends on its rows while they are so few.
constexpr int64_t kFewQueries = 16;

// The second half of planning: queries into tiles, and tiles with the blocks of which they see something.
class Planner {
 public:
  Planner(const PlanInput& input, int64_t tileRows) : sights_(input), tileRows_(tileRows) {
    draft_.blocks = sights_.blocks();
  }

  PlanDraft draft() {
    for (size_t node = 0; node < sights_.nodes().size(); ++node) placeQueries(static_cast<int64_t>(node));
    for (size_t tile = 0; tile < draft_.tiles.size(); ++tile) pairTile(static_cast<int64_t>(tile));
    return std::move(draft_);
  }

 private:
  void placeQueries(int64_t index) {
    const Node& node = sights_.nodes()[index];
    std::vector<NodeRow> rows;
    for (int64_t row = node.q0; row < node.q1; ++row) {
      if (sights_.seesAnything({row, index})) rows.push_back({row, index});
    }
    const auto count = static_cast<int64_t>(rows.size());
    if (count == 0) return;
    if (count < kFewQueries) {
      auto& tile = draft_.tiles[openTile(node, count)];
      tile.insert(tile.end(), rows.begin(), rows.end());
      return;
    }
    for (int64_t first = 0; first < count; first += tileRows_) {
      draft_.tiles.emplace_back(rows.begin() + first, rows.begin() + std::min(count, first + tileRows_));
    }
  }

  // A shared tile with room for so many rows. They go with their siblings; roots with those whose keys share the block.
  size_t openTile(const Node& node, int64_t rows) {
    const int64_t family = node.parent >= 0 ? node.parent : -1 - sights_.blockAt(node.k0);
    const auto [open, isNew] = openTiles_.try_emplace(family, 0);
    if (isNew || static_cast<int64_t>(draft_.tiles[open->second].size()) + rows > tileRows_) {
      open->second = draft_.tiles.size();
      draft_.tiles.emplace_back();
    }
    return open->second;
  }

  void pairTile(int64_t tile) {
    auto& rows = draft_.tiles[tile];
    std::sort(rows.begin(), rows.end());
    const std::vector<Run> runs = sights_.runsOf(rows);
    std::vector<int64_t> candidates;
    for (const Run& run : runs) sights_.appendBlocksOf(run, candidates);
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    words_.resize(rows.size());
    for (const int64_t block : candidates) appendPair(tile, block, runs);
  }

  void appendPair(int64_t tile, int64_t number, const std::vector<Run>& runs) {
    const Block& block = draft_.blocks[number];
    uint64_t* next = words_.data();
    for (const Run& run : runs) {
      sights_.fillWords(run, block, next);
      next += run.rows.size();
    }
    const bool alike = std::all_of(words_.begin(), words_.end(), [&](uint64_t word) { return word == words_[0]; });
    if (alike && words_[0] == 0) return;
    Pair pair{tile, number, -1, 0};
    if (!alike || words_[0] != bitsBetween(0, block.keys)) {
      pair.mask = static_cast<int64_t>(draft_.masks.size());
      pair.maskStride = alike ? 0 : 1;
      draft_.masks.insert(draft_.masks.end(), words_.begin(), alike ? words_.begin() + 1 : words_.end());
    }
    draft_.pairs.push_back(pair);
  }

  const Sights sights_;
  const int64_t tileRows_;
  std::map<int64_t, size_t> openTiles_;  // by family, see openTile
  std::vector<uint64_t> words_;          // of the pair at hand
  PlanDraft draft_;
};

}  // namespace

PlanLists planLists(const PlanInput& input, int64_t tileRows) {
  return orderLists(Planner(input, tileRows).draft(), input.tq, input.tk);
}

}  // namespace earsight::attention
