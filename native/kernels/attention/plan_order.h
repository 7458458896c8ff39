// The last step of planning: finds the components, and gives tiles, blocks and pairs their final numbers and links.
// Engines take work in this order, the largest component first.
#pragma once

#include <vector>

#include "plan_lists.h"

namespace earsight::attention {

// Tiles and blocks in the order in which they were made.
struct PlanDraft {
  std::vector<std::vector<NodeRow>> tiles;  // by rising row
  std::vector<Block> blocks;                // by rising key
  std::vector<Pair> pairs;
  std::vector<uint64_t> masks;
};

PlanLists orderLists(PlanDraft draft, int64_t tq, int64_t tk);

}  // namespace earsight::attention
