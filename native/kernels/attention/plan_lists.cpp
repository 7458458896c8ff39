#include "plan_lists.h"

#include <algorithm>
#include <map>

#include "plan_order.h"
#include "plan_visible_ranges.h"

namespace earsight::attention {

namespace {

// Nodes with fewer query rows share tiles: a tile of so few rows costs nearly the same for any number of them.
constexpr int64_t kFewQueries = 16;

// The second half of planning: query rows into tiles, and a pair for each tile and block of which a row sees a key.
class Planner {
 public:
  Planner(const PlanInput& input, int64_t tileRows) : ranges_(input), tileRows_(tileRows) {
    draft_.blocks = ranges_.blocks();
  }

  PlanDraft draft() {
    for (size_t node = 0; node < ranges_.nodes().size(); ++node) placeQueries(static_cast<int64_t>(node));
    for (size_t tile = 0; tile < draft_.tiles.size(); ++tile) pairTile(static_cast<int64_t>(tile));
    return std::move(draft_);
  }

 private:
  void placeQueries(int64_t index) {
    const Node& node = ranges_.nodes()[index];
    std::vector<NodeRow> rows;
    for (int64_t row = node.q0; row < node.q1; ++row) {
      if (ranges_.seesAnything({row, index})) rows.push_back({row, index});
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

  // Siblings share tiles, with their parent and its siblings too where it is small and their keys begin in its block; so do
  // roots whose keys begin in the same block. Returns the node or, below 0, the block by which they are known.
  int64_t sharersOf(const Node& node) const {
    const int64_t block = ranges_.blockAt(node.k0);
    if (node.parent < 0) return -1 - block;
    const Node& parent = ranges_.nodes()[node.parent];
    return parent.queries() < kFewQueries && ranges_.blockAt(parent.k0) == block ? sharersOf(parent) : node.parent;
  }

  // A shared tile with room for so many rows.
  size_t openTile(const Node& node, int64_t rows) {
    const auto [open, isNew] = openTiles_.try_emplace(sharersOf(node), 0);
    if (isNew || static_cast<int64_t>(draft_.tiles[open->second].size()) + rows > tileRows_) {
      open->second = draft_.tiles.size();
      draft_.tiles.emplace_back();
    }
    return open->second;
  }

  void pairTile(int64_t tile) {
    auto& rows = draft_.tiles[tile];
    std::sort(rows.begin(), rows.end());
    const std::vector<RowSpan> spans = ranges_.spansOf(rows);
    std::vector<int64_t> candidates;
    for (const RowSpan& span : spans) ranges_.appendBlocksOf(span, candidates);
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    words_.resize(rows.size());
    for (const int64_t block : candidates) appendPair(tile, block, spans);
  }

  void appendPair(int64_t tile, int64_t number, const std::vector<RowSpan>& spans) {
    const Block& block = draft_.blocks[number];
    uint64_t* next = words_.data();
    for (const RowSpan& span : spans) {
      ranges_.fillWords(span, block, next);
      next += span.rows.size();
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

  const VisibleRanges ranges_;
  const int64_t tileRows_;
  std::map<int64_t, size_t> openTiles_;  // by sharersOf
  std::vector<uint64_t> words_;          // of the current pair
  PlanDraft draft_;
};

}  // namespace

PlanLists planLists(const PlanInput& input, int64_t tileRows) {
  return orderLists(Planner(input, tileRows).draft(), input.tq, input.tk);
}

}  // namespace earsight::attention
