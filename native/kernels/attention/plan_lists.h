// Planning: from the node forest to the lists of a plan. plan.cpp writes them as words.
#pragma once

#include <compare>
#include <vector>

#include "plan.h"

namespace earsight::attention {

struct PlanLists {
  std::vector<Tile> tiles;
  std::vector<Block> blocks;
  std::vector<Pair> pairs;
  std::vector<int64_t> uses, rows;
  std::vector<uint64_t> masks;
  std::vector<Component> components;
  std::vector<RowRange> idleQueries, idleKeys;
};

// A query row, and its node.
struct NodeRow {
  int64_t row, node;

  auto operator<=>(const NodeRow&) const = default;
};

PlanLists planLists(const PlanInput& input, int64_t tileRows);

}  // namespace earsight::attention
