#include "plan_lists.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <numeric>
#include <tuple>

namespace earsight::attention {

namespace {

// Below these, neighbours share: query rows in a tile, key rows in a block. A tile's cost hardly depends on its rows
// while they are so few.
constexpr int64_t kFewQueries = 16;
constexpr int64_t kFewReaders = 8;

uint64_t bitsBetween(int64_t first, int64_t last) {
  if (first >= last) return 0;
  return (~uint64_t{0} >> (64 - (last - first))) << first;
}

// What one query row sees before modalities are looked at: positions [low, high) along its node's path.
struct Sight {
  int64_t low, high;
};

// Rows [first, last) of a tile's list that belong to one node.
struct Run {
  int64_t node, first, last;
  uint8_t modalities;  // that every row sees
  bool alike;          // all rows see the same modalities
};

class Planner {
 public:
  Planner(const PlanInput& input, int64_t tileRows)
      : input_(input), tileRows_(tileRows), nodes_(readNodes(input.nodes, input.tq, input.tk)) {}

  PlanLists plan() {
    cutKeys();
    for (size_t node = 0; node < nodes_.size(); ++node) placeQueries(static_cast<int64_t>(node));
    for (size_t tile = 0; tile < tileRowsOf_.size(); ++tile) pairTile(static_cast<int64_t>(tile));
    group();
    listIdle();
    return std::move(lists_);
  }

 private:
  // ---- keys: blocks between the ends of the nodes' ranges ----------------------------------------------------------

  void cutKeys() {
    // How many query rows read the keys from here on: the rows of the nodes that have them, descendants included.
    std::vector<int64_t> readers(nodes_.size());
    for (size_t i = nodes_.size(); i-- > 0;) {
      readers[i] += nodes_[i].queries();
      if (nodes_[i].parent >= 0) readers[nodes_[i].parent] += readers[i];
    }
    std::map<int64_t, int64_t> change;
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].keys() == 0 || readers[i] == 0) continue;
      change[nodes_[i].k0] += readers[i];
      change[nodes_[i].k1] -= readers[i];
    }
    int64_t reading = 0, start = 0;
    bool lastFew = false;
    for (const auto& [key, difference] : change) {
      if (reading > 0) {
        const bool few = reading < kFewReaders;
        appendBlocks(start, key, few && lastFew);
        lastFew = few;
      }
      reading += difference;
      start = key;
    }
    for (Block& block : blocks_) {
      for (int64_t j = 0; j < block.keys; ++j) {
        block.ofModality[input_.modality ? input_.modality[block.key + j] : 0] |= uint64_t{1} << j;
      }
    }
  }

  void appendBlocks(int64_t first, int64_t last, bool join) {
    if (join && blocks_.back().key + blocks_.back().keys == first && blocks_.back().keys + last - first <= kBlockKeys) {
      blocks_.back().keys += last - first;
      return;
    }
    for (; first < last; first += kBlockKeys) blocks_.push_back({first, std::min(kBlockKeys, last - first), 0, 0, {}});
  }

  // The first block that reaches beyond `key`.
  int64_t blockAt(int64_t key) const {
    const auto found = std::partition_point(blocks_.begin(), blocks_.end(),
                                            [&](const Block& block) { return block.key + block.keys <= key; });
    return found - blocks_.begin();
  }

  // ---- what a row sees ---------------------------------------------------------------------------------------------

  uint8_t modalitiesOf(const Node& node, int64_t row) const {
    return node.visibleModalities(input_.queryModality ? input_.queryModality[row] : 0);
  }

  // Positions count keys along the root-to-node path; the last query stands at the node's last key.
  static Sight sightOf(const Node& node, int64_t row) {
    const int64_t position = node.pathKeys + node.keys() - (node.q1 - row);
    Sight sight{0, node.pathKeys + node.keys()};
    if (node.causal) sight.high = position < node.pathKeys ? node.pathKeys : position + 1;
    if (node.window >= 0) {
      sight.low = std::max<int64_t>(0, position - node.window);
      if (!node.causal) sight.high = std::min(sight.high, position + node.window + 1);
    }
    return sight;
  }

  // The part of `sight` that lies in this block and belongs to `owner`, as the block's key numbers [low, high).
  static Sight within(const Sight& sight, const Node& owner, const Block& block) {
    const int64_t shift = owner.k0 - owner.pathKeys - block.key;
    const int64_t low = std::max<int64_t>({0, owner.k0 - block.key, sight.low + shift});
    const int64_t high = std::min({block.keys, owner.k1 - block.key, sight.high + shift});
    return low < high ? Sight{low, high} : Sight{low, low};
  }

  static uint64_t ofModalities(const Block& block, uint8_t modalities) {
    uint64_t bits = 0;
    for (int m = 0; m < kModalities; ++m) {
      if (modalities >> m & 1) bits |= block.ofModality[m];
    }
    return bits;
  }

  uint64_t wordOf(int64_t row, int64_t node, const Block& block) const {
    const Sight sight = sightOf(nodes_[node], row);
    uint64_t bits = 0;
    for (int64_t owner = node; owner >= 0; owner = nodes_[owner].parent) {
      const Sight part = within(sight, nodes_[owner], block);
      bits |= bitsBetween(part.low, part.high);
    }
    return bits & ofModalities(block, modalitiesOf(nodes_[node], row));
  }

  // Calls visit(block number) for the blocks where rows of `node` with this sight may see something.
  template <typename Visit>
  void eachBlock(int64_t node, const Sight& sight, const Visit& visit) const {
    for (int64_t owner = node; owner >= 0; owner = nodes_[owner].parent) {
      const Node& keys = nodes_[owner];
      const int64_t first = keys.k0 + std::max<int64_t>(0, sight.low - keys.pathKeys);
      const int64_t last = keys.k0 + std::min(keys.keys(), sight.high - keys.pathKeys);
      if (first >= last) continue;
      const auto count = static_cast<int64_t>(blocks_.size());
      for (int64_t block = blockAt(first); block < count && blocks_[block].key < last; ++block) {
        if (!visit(block)) return;
      }
    }
  }

  bool seesAnything(int64_t row, int64_t node) const {
    const uint8_t modalities = modalitiesOf(nodes_[node], row);
    bool any = false;
    eachBlock(node, sightOf(nodes_[node], row), [&](int64_t block) {
      any = modalities == 0xff || wordOf(row, node, blocks_[block]) != 0;
      return !any;
    });
    return any;
  }

  // ---- queries: tiles ----------------------------------------------------------------------------------------------

  void placeQueries(int64_t index) {
    const Node& node = nodes_[index];
    std::vector<int64_t> rows;
    for (int64_t row = node.q0; row < node.q1; ++row) {
      if (seesAnything(row, index)) rows.push_back(row);
    }
    const auto count = static_cast<int64_t>(rows.size());
    if (count == 0) return;
    if (count < kFewQueries) {
      // Few rows go with their siblings; roots with those whose keys share the block.
      const int64_t family = node.parent >= 0 ? node.parent : -1 - blockAt(node.k0);
      const auto [open, isNew] = openTiles_.try_emplace(family, 0);
      if (isNew || static_cast<int64_t>(tileRowsOf_[open->second].size()) + count > tileRows_) {
        open->second = tileRowsOf_.size();
        tileRowsOf_.emplace_back();
      }
      for (const int64_t row : rows) tileRowsOf_[open->second].push_back({row, index});
      return;
    }
    for (int64_t first = 0; first < count; first += tileRows_) {
      auto& tile = tileRowsOf_.emplace_back();
      for (int64_t i = first; i < std::min(count, first + tileRows_); ++i) tile.push_back({rows[i], index});
    }
  }

  // ---- pairs -------------------------------------------------------------------------------------------------------

  std::vector<Run> runsOf(const std::vector<std::pair<int64_t, int64_t>>& rows) const {
    std::vector<Run> runs;
    for (int64_t i = 0; i < static_cast<int64_t>(rows.size()); ++i) {
      const auto [row, node] = rows[i];
      const uint8_t modalities = modalitiesOf(nodes_[node], row);
      if (runs.empty() || runs.back().node != node) runs.push_back({node, i, i, modalities, true});
      runs.back().last = i + 1;
      runs.back().alike &= runs.back().modalities == modalities;
      runs.back().modalities &= modalities;
    }
    return runs;
  }

  void pairTile(int64_t tile) {
    auto& rows = tileRowsOf_[tile];
    std::sort(rows.begin(), rows.end());
    const std::vector<Run> runs = runsOf(rows);
    std::vector<int64_t> candidates;
    for (const Run& run : runs) {
      // Both ends of a sight rise with the row.
      const Sight first = sightOf(nodes_[run.node], rows[run.first].first);
      const Sight last = sightOf(nodes_[run.node], rows[run.last - 1].first);
      eachBlock(run.node, {first.low, last.high}, [&](int64_t block) {
        candidates.push_back(block);
        return true;
      });
    }
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    for (const int64_t block : candidates) appendPair(tile, block, runs);
  }

  void appendPair(int64_t tile, int64_t number, const std::vector<Run>& runs) {
    const Block& block = blocks_[number];
    words_.resize(tileRowsOf_[tile].size());
    for (const Run& run : runs) fillWords(tile, run, block);
    const bool alike = std::all_of(words_.begin(), words_.end(), [&](uint64_t word) { return word == words_[0]; });
    if (alike && words_[0] == 0) return;
    Pair pair{tile, number, -1, 0};
    if (!alike || words_[0] != bitsBetween(0, block.keys)) {
      pair.mask = static_cast<int64_t>(lists_.masks.size());
      pair.maskStride = alike ? 0 : 1;
      lists_.masks.insert(lists_.masks.end(), words_.begin(), alike ? words_.begin() + 1 : words_.end());
    }
    pairs_.push_back(pair);
  }

  // Most runs see a block whole or not at all: where the first and the last row see the same of it, so do all between.
  void fillWords(int64_t tile, const Run& run, const Block& block) {
    const auto& rows = tileRowsOf_[tile];
    const Sight first = sightOf(nodes_[run.node], rows[run.first].first);
    const Sight last = sightOf(nodes_[run.node], rows[run.last - 1].first);
    bool same = run.alike;
    uint64_t bits = 0;
    for (int64_t owner = run.node; owner >= 0 && same; owner = nodes_[owner].parent) {
      const Sight a = within(first, nodes_[owner], block), b = within(last, nodes_[owner], block);
      same = a.low == b.low && a.high == b.high;
      bits |= bitsBetween(a.low, a.high);
    }
    for (int64_t i = run.first; i < run.last; ++i) {
      words_[i] = same ? bits & ofModalities(block, run.modalities) : wordOf(rows[i].first, run.node, block);
    }
  }

  // ---- components, and the final numbers ----------------------------------------------------------------------------

  int64_t rootOf(int64_t member) {
    while (above_[member] != member) member = above_[member] = above_[above_[member]];
    return member;
  }

  void group() {
    const auto tiles = static_cast<int64_t>(tileRowsOf_.size()), blocks = static_cast<int64_t>(blocks_.size());
    // Members: tiles, then blocks. The smallest member stands for its component, so that is a tile.
    above_.resize(tiles + blocks);
    std::iota(above_.begin(), above_.end(), int64_t{0});
    for (const Pair& pair : pairs_) {
      const int64_t a = rootOf(pair.tile), b = rootOf(tiles + pair.block);
      above_[std::max(a, b)] = std::min(a, b);
    }
    std::vector<int64_t> work(tiles + blocks);
    for (const Pair& pair : pairs_) {
      work[rootOf(pair.tile)] += static_cast<int64_t>(tileRowsOf_[pair.tile].size()) * blocks_[pair.block].keys;
    }
    const auto place = [&](int64_t member) {
      const int64_t root = rootOf(member);
      return std::tuple(-work[root], root, member);
    };
    std::vector<int64_t> order;
    for (int64_t member = 0; member < tiles + blocks; ++member) {
      if (work[rootOf(member)] > 0) order.push_back(member);  // others: blocks that nobody reads
    }
    std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return place(a) < place(b); });
    renumber(order, tiles);
  }

  void renumber(const std::vector<int64_t>& order, int64_t tiles) {
    std::vector<int64_t> number(above_.size());
    int64_t root = -1;
    for (const int64_t member : order) {
      if (rootOf(member) != root) {
        root = rootOf(member);
        lists_.components.push_back({static_cast<int64_t>(lists_.tiles.size()), 0,
                                     static_cast<int64_t>(lists_.blocks.size()), 0});
      }
      if (member < tiles) {
        number[member] = static_cast<int64_t>(lists_.tiles.size());
        lists_.tiles.push_back({static_cast<int64_t>(lists_.rows.size()),
                                static_cast<int64_t>(tileRowsOf_[member].size()), 0, 0});
        for (const auto& [row, node] : tileRowsOf_[member]) lists_.rows.push_back(row);
        ++lists_.components.back().tiles;
      } else {
        number[member] = static_cast<int64_t>(lists_.blocks.size());
        lists_.blocks.push_back(blocks_[member - tiles]);
        ++lists_.components.back().blocks;
      }
    }
    lists_.pairs = std::move(pairs_);
    for (Pair& pair : lists_.pairs) {
      pair.tile = number[pair.tile];
      pair.block = number[tiles + pair.block];
    }
    linkPairs();
  }

  void linkPairs() {
    auto& [tileList, blockList, pairs, uses, rows, masks, components, idleQueries, idleKeys] = lists_;
    std::sort(pairs.begin(), pairs.end(),
              [](const Pair& a, const Pair& b) { return std::tuple(a.tile, a.block) < std::tuple(b.tile, b.block); });
    for (const Pair& pair : pairs) {
      ++tileList[pair.tile].pairs;
      ++blockList[pair.block].uses;
    }
    int64_t first = 0;
    for (Tile& tile : tileList) {
      tile.firstPair = first;
      first += tile.pairs;
    }
    first = 0;
    for (Block& block : blockList) {
      block.firstUse = first;
      first += block.uses;
    }
    uses.resize(pairs.size());
    std::vector<int64_t> filled(blockList.size());
    for (size_t i = 0; i < pairs.size(); ++i) {
      const int64_t block = pairs[i].block;
      uses[blockList[block].firstUse + filled[block]++] = static_cast<int64_t>(i);
    }
  }

  void listIdle() {
    const auto gaps = [](std::vector<RowRange> taken, int64_t end) {
      std::sort(taken.begin(), taken.end(), [](const RowRange& a, const RowRange& b) { return a.first < b.first; });
      std::vector<RowRange> free;
      int64_t reached = 0;
      taken.push_back({end, 0});
      for (const RowRange& range : taken) {
        if (range.first > reached) free.push_back({reached, range.first - reached});
        reached = range.first + range.count;
      }
      return free;
    };
    std::vector<RowRange> queries, keys;
    for (const int64_t row : lists_.rows) queries.push_back({row, 1});
    for (const Block& block : lists_.blocks) keys.push_back({block.key, block.keys});
    lists_.idleQueries = gaps(std::move(queries), input_.tq);
    lists_.idleKeys = gaps(std::move(keys), input_.tk);
  }

  const PlanInput& input_;
  const int64_t tileRows_;
  const std::vector<Node> nodes_;
  std::vector<Block> blocks_;                                             // by rising key
  std::vector<std::vector<std::pair<int64_t, int64_t>>> tileRowsOf_;      // (row, node)
  std::map<int64_t, size_t> openTiles_;                                   // by family, see placeQueries
  std::vector<Pair> pairs_;
  std::vector<uint64_t> words_;                                           // of the pair at hand
  std::vector<int64_t> above_;                                            // union-find
  PlanLists lists_;
};

}  // namespace

PlanLists planLists(const PlanInput& input, int64_t tileRows) { return Planner(input, tileRows).plan(); }

}  // namespace earsight::attention
