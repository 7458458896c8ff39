// The first half of planning: keys cut into blocks, and the range of keys that a query row sees. The meaning of forests,
// causality, windows and gates is in this file alone.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "plan_lists.h"

namespace earsight::attention {

// Bits [first, last).
inline uint64_t bitsBetween(int64_t first, int64_t last) {
  if (first >= last) return 0;
  return (~uint64_t{0} >> (64 - (last - first))) << first;
}

// The positions [low, high) along its node's path that one query row sees, before gates hide modalities.
struct VisibleRange {
  int64_t low, high;
};

// Neighbouring rows of one node in a tile.
struct RowSpan {
  int64_t node;
  std::span<const NodeRow> rows;
  VisibleRange first, last;  // of the first and the last row; both ends of a range rise with the row
  uint8_t modalities;        // that every row sees
  bool alike;                // all rows see the same modalities
};

class VisibleRanges {
 public:
  explicit VisibleRanges(const PlanInput& input);

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Block>& blocks() const { return blocks_; }  // by rising key

  // The first block that reaches beyond `key`.
  int64_t blockAt(int64_t key) const;

  bool seesAnything(const NodeRow& row) const;

  // `rows` must outlive the spans.
  std::vector<RowSpan> spansOf(std::span<const NodeRow> rows) const;

  // Appends the numbers of the blocks of which a row of the span may see keys.
  void appendBlocksOf(const RowSpan& span, std::vector<int64_t>& numbers) const;

  // words[i]: bit j set where the span's row i sees the block's key j.
  void fillWords(const RowSpan& span, const Block& block, uint64_t* words) const;

 private:
  // The nodes of a path that have keys in a block: one or two of up to kMaxLevels.
  struct Owners {
    std::array<const Node*, kMaxLevels> nodes;
    int64_t count = 0;

    const Node* const* begin() const { return nodes.data(); }
    const Node* const* end() const { return nodes.data() + count; }
  };

  void cutKeys();
  void appendBlocks(int64_t first, int64_t last, bool join);
  uint8_t modalitiesOf(const NodeRow& row) const;
  VisibleRange visibleRangeOf(const NodeRow& row) const;
  Owners ownersIn(const Block& block, int64_t node) const;
  uint64_t wordOf(const NodeRow& row, const Block& block, const Owners& owners) const;
  template <typename Visit>
  void eachBlock(int64_t node, const VisibleRange& range, const Visit& visit) const;

  const PlanInput& input_;
  const std::vector<Node> nodes_;
  std::vector<Block> blocks_;
};

}  // namespace earsight::attention
