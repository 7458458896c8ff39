// The last step of planning: tiles and blocks that meet no others are found, and everything gets its final number and
// its links. Engines take work in this order, the largest component first.
#pragma once

#include <vector>

#include "plan_lists.h"

namespace earsight::attention {

// Numbered as it was made.
struct PlanDraft {
  std::vector<std::vector<NodeRow>> tiles;  // by rising row
  std::vector<Block> blocks;                // by rising key
  std::vector<Pair> pairs;
  std::vector<uint64_t> masks;
};

PlanLists orderLists(PlanDraft draft, int64_t tq, int64_t tk);

}  // namespace earsight::attention
