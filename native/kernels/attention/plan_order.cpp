#include "plan_order.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace earsight::attention {

namespace {

// Union-find over a draft's tiles, then its blocks. A component's root is its smallest member, which is a tile.
class Components {
 public:
  explicit Components(const PlanDraft& draft) : above_(draft.tiles.size() + draft.blocks.size()), work_(above_.size()) {
    const auto tiles = static_cast<int64_t>(draft.tiles.size());
    std::iota(above_.begin(), above_.end(), int64_t{0});
    for (const Pair& pair : draft.pairs) {
      const int64_t a = rootOf(pair.tile), b = rootOf(tiles + pair.block);
      above_[std::max(a, b)] = std::min(a, b);
    }
    for (const Pair& pair : draft.pairs) {
      work_[rootOf(pair.tile)] += static_cast<int64_t>(draft.tiles[pair.tile].size()) * draft.blocks[pair.block].keys;
    }
  }

  int64_t rootOf(int64_t member) {
    while (above_[member] != member) member = above_[member] = above_[above_[member]];
    return member;
  }

  // Component by component, the one with the most work first; without blocks that no query reads.
  std::vector<int64_t> order() {
    const auto sortKey = [&](int64_t member) {
      const int64_t root = rootOf(member);
      return std::tuple(-work_[root], root, member);
    };
    std::vector<int64_t> order;
    for (int64_t member = 0; member < static_cast<int64_t>(above_.size()); ++member) {
      if (work_[rootOf(member)] > 0) order.push_back(member);
    }
    std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return sortKey(a) < sortKey(b); });
    return order;
  }

 private:
  std::vector<int64_t> above_;
  std::vector<int64_t> work_;  // of a root: query rows times keys
};

void renumber(PlanDraft& draft, PlanLists& lists) {
  const auto tiles = static_cast<int64_t>(draft.tiles.size());
  Components components(draft);
  std::vector<int64_t> number(draft.tiles.size() + draft.blocks.size());
  int64_t root = -1;
  for (const int64_t member : components.order()) {
    if (components.rootOf(member) != root) {
      root = components.rootOf(member);
      lists.components.push_back({static_cast<int64_t>(lists.tiles.size()), 0,
                                  static_cast<int64_t>(lists.blocks.size()), 0});
    }
    if (member < tiles) {
      const std::vector<NodeRow>& rows = draft.tiles[member];
      number[member] = static_cast<int64_t>(lists.tiles.size());
      lists.tiles.push_back({static_cast<int64_t>(lists.rows.size()), static_cast<int64_t>(rows.size()), 0, 0});
      for (const NodeRow& row : rows) lists.rows.push_back(row.row);
      ++lists.components.back().tiles;
    } else {
      number[member] = static_cast<int64_t>(lists.blocks.size());
      lists.blocks.push_back(draft.blocks[member - tiles]);
      ++lists.components.back().blocks;
    }
  }
  lists.pairs = std::move(draft.pairs);
  for (Pair& pair : lists.pairs) {
    pair.tile = number[pair.tile];
    pair.block = number[tiles + pair.block];
  }
}

// From tiles to their pairs, and from blocks to their uses.
void linkPairs(PlanLists& lists) {
  std::sort(lists.pairs.begin(), lists.pairs.end(),
            [](const Pair& a, const Pair& b) { return std::tuple(a.tile, a.block) < std::tuple(b.tile, b.block); });
  for (const Pair& pair : lists.pairs) {
    ++lists.tiles[pair.tile].pairs;
    ++lists.blocks[pair.block].uses;
  }
  int64_t first = 0;
  for (Tile& tile : lists.tiles) {
    tile.firstPair = first;
    first += tile.pairs;
  }
  first = 0;
  for (Block& block : lists.blocks) {
    block.firstUse = first;
    first += block.uses;
  }
  lists.uses.resize(lists.pairs.size());
  std::vector<int64_t> filled(lists.blocks.size());
  for (size_t i = 0; i < lists.pairs.size(); ++i) {
    const int64_t block = lists.pairs[i].block;
    lists.uses[lists.blocks[block].firstUse + filled[block]++] = static_cast<int64_t>(i);
  }
}

// The parts of [0, end) that are not taken.
std::vector<RowRange> gaps(std::vector<RowRange> taken, int64_t end) {
  std::sort(taken.begin(), taken.end(), [](const RowRange& a, const RowRange& b) { return a.first < b.first; });
  std::vector<RowRange> free;
  int64_t reached = 0;
  taken.push_back({end, 0});
  for (const RowRange& range : taken) {
    if (range.first > reached) free.push_back({reached, range.first - reached});
    reached = range.first + range.count;
  }
  return free;
}

}  // namespace

PlanLists orderLists(PlanDraft draft, int64_t tq, int64_t tk) {
  PlanLists lists;
  lists.masks = std::move(draft.masks);
  renumber(draft, lists);
  linkPairs(lists);
  std::vector<RowRange> queries, keys;
  for (const int64_t row : lists.rows) queries.push_back({row, 1});
  for (const Block& block : lists.blocks) keys.push_back({block.key, block.keys});
  lists.idleQueries = gaps(std::move(queries), tq);
  lists.idleKeys = gaps(std::move(keys), tk);
  return lists;
}

}  // namespace earsight::attention
