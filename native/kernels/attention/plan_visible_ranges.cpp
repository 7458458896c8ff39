#include "plan_visible_ranges.h"

#include <cmath>
#include <map>
#include <sstream>
#include <stdexcept>

namespace earsight::attention {

namespace {

// Keys that fewer query rows read share a block with their neighbours.
constexpr int64_t kFewReaders = 8;
// So do fewer keys, with those before them in their tree: a block of so few costs nearly the same for any number of them.
constexpr int64_t kFewKeys = 16;

// The part of `range` that lies in the block and belongs to `owner`, as key numbers [low, high) of the block.
VisibleRange within(const VisibleRange& range, const Node& owner, const Block& block) {
  const int64_t shift = owner.k0 - owner.pathKeys - block.key;
  const int64_t low = std::max<int64_t>({0, owner.k0 - block.key, range.low + shift});
  const int64_t high = std::min({block.keys, owner.k1 - block.key, range.high + shift});
  return low < high ? VisibleRange{low, high} : VisibleRange{low, low};
}

// A short table can describe any amount of work, so the work is estimated before anything is built. The limits are above
// what attention can compute: 2^25 pairs are 450,000 tokens that all see each other.
constexpr double kMostRows = 0x1p24, kMostPairs = 0x1p25, kMostBlocks = 0x1p22;

void checkCount(double count, double most, const char* what) {
  if (count <= most) return;
  std::ostringstream message;
  message << "nodes: about " << count << " " << what << " to plan; expected at most " << most;
  throw std::invalid_argument(message.str());
}

void checkWork(const std::vector<Node>& nodes) {
  double rows = 0, pairs = 0;
  for (const Node& node : nodes) {
    const auto queries = static_cast<double>(node.queries());
    double keys = static_cast<double>(node.pathKeys) + static_cast<double>(node.keys());
    if (node.window >= 0) keys = std::min(keys, 2 * static_cast<double>(node.window) + kTileRows);
    // Small nodes share tiles.
    const double tiles = queries / kTileRows;
    rows += queries;
    pairs += (queries < kFewReaders ? tiles : std::ceil(tiles)) * (keys / kBlockKeys);
  }
  checkCount(rows, kMostRows, "query rows");
  checkCount(pairs, kMostPairs, "pairs of a tile and a block");
}

uint64_t ofModalities(const Block& block, uint8_t modalities) {
  uint64_t bits = 0;
  for (int m = 0; m < kModalities; ++m) {
    if (modalities >> m & 1) bits |= block.ofModality[m];
  }
  return bits;
}

}  // namespace

VisibleRanges::VisibleRanges(const PlanInput& input) : input_(input), nodes_(readNodes(input.nodes, input.tq, input.tk)) {
  checkWork(nodes_);
  cutKeys();
}

// ---- blocks: between the ends of the nodes' ranges -------------------------------------------------------------------

void VisibleRanges::cutKeys() {
  // How many query rows read a node's keys: its own and those of its descendants.
  std::vector<int64_t> readers(nodes_.size());
  for (size_t i = nodes_.size(); i-- > 0;) {
    readers[i] += nodes_[i].queries();
    if (nodes_[i].parent >= 0) readers[nodes_[i].parent] += readers[i];
  }
  struct Change {
    int64_t readers = 0;
    bool isRoot = false;
  };
  std::map<int64_t, Change> changes;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].keys() == 0 || readers[i] == 0) continue;
    Change& first = changes[nodes_[i].k0];
    first.readers += readers[i];
    first.isRoot |= nodes_[i].parent < 0;
    changes[nodes_[i].k1].readers -= readers[i];
  }
  int64_t reading = 0, start = 0;
  bool lastFew = false, isRoot = false;
  for (const auto& [key, change] : changes) {
    if (reading > 0) {
      const bool few = reading < kFewReaders;
      appendBlocks(start, key, (few && lastFew) || (key - start < kFewKeys && !isRoot));
      lastFew = few;
    }
    reading += change.readers;
    isRoot = change.isRoot;
    start = key;
  }
  for (Block& block : blocks_) {
    for (int64_t j = 0; j < block.keys; ++j) {
      block.ofModality[input_.modality ? input_.modality[block.key + j] : 0] |= uint64_t{1} << j;
    }
  }
}

void VisibleRanges::appendBlocks(int64_t first, int64_t last, bool join) {
  checkCount(static_cast<double>(blocks_.size()) + static_cast<double>(last - first) / kBlockKeys, kMostBlocks, "blocks of keys");
  if (join && !blocks_.empty() && blocks_.back().key + blocks_.back().keys == first && blocks_.back().keys + last - first <= kBlockKeys) {
    blocks_.back().keys += last - first;
    return;
  }
  for (; first < last; first += kBlockKeys) blocks_.push_back({first, std::min(kBlockKeys, last - first), 0, 0, {}});
}

int64_t VisibleRanges::blockAt(int64_t key) const {
  const auto found = std::partition_point(blocks_.begin(), blocks_.end(),
                                          [&](const Block& block) { return block.key + block.keys <= key; });
  return found - blocks_.begin();
}

// ---- a row -----------------------------------------------------------------------------------------------------------

uint8_t VisibleRanges::modalitiesOf(const NodeRow& row) const {
  return nodes_[row.node].visibleModalities(input_.queryModality ? input_.queryModality[row.row] : 0);
}

// Positions count keys along the root-to-node path; the last query has the position of the node's last key.
VisibleRange VisibleRanges::visibleRangeOf(const NodeRow& row) const {
  const Node& node = nodes_[row.node];
  const int64_t position = node.pathKeys + node.keys() - (node.q1 - row.row);
  VisibleRange range{0, node.pathKeys + node.keys()};
  if (node.causal) range.high = position < node.pathKeys ? node.pathKeys : position + 1;
  if (node.window >= 0) {
    range.low = std::max<int64_t>(0, position - node.window);
    if (!node.causal) range.high = std::min(range.high, position + node.window + 1);
  }
  return range;
}

VisibleRanges::Owners VisibleRanges::ownersIn(const Block& block, int64_t node) const {
  Owners owners;
  for (int64_t owner = node; owner >= 0; owner = nodes_[owner].parent) {
    const Node& keys = nodes_[owner];
    if (keys.k0 < block.key + block.keys && block.key < keys.k1) owners.nodes[owners.count++] = &keys;
  }
  return owners;
}

uint64_t VisibleRanges::wordOf(const NodeRow& row, const Block& block, const Owners& owners) const {
  const VisibleRange range = visibleRangeOf(row);
  uint64_t bits = 0;
  for (const Node* owner : owners) {
    const VisibleRange part = within(range, *owner, block);
    bits |= bitsBetween(part.low, part.high);
  }
  return bits & ofModalities(block, modalitiesOf(row));
}

// Calls visit(block number, owner) for each block that holds keys of `range`; the owner is the node of the path that has
// the keys. Stops when visit returns false.
template <typename Visit>
void VisibleRanges::eachBlock(int64_t node, const VisibleRange& range, const Visit& visit) const {
  for (int64_t owner = node; owner >= 0; owner = nodes_[owner].parent) {
    const Node& keys = nodes_[owner];
    const int64_t first = keys.k0 + std::max<int64_t>(0, range.low - keys.pathKeys);
    const int64_t last = keys.k0 + std::min(keys.keys(), range.high - keys.pathKeys);
    if (first >= last) continue;
    const auto count = static_cast<int64_t>(blocks_.size());
    for (int64_t block = blockAt(first); block < count && blocks_[block].key < last; ++block) {
      if (!visit(block, keys)) return;
    }
  }
}

bool VisibleRanges::seesAnything(const NodeRow& row) const {
  const uint8_t modalities = modalitiesOf(row);
  const VisibleRange range = visibleRangeOf(row);
  bool any = false;
  eachBlock(row.node, range, [&](int64_t block, const Node& owner) {
    const VisibleRange part = within(range, owner, blocks_[block]);
    any = modalities == 0xff || (bitsBetween(part.low, part.high) & ofModalities(blocks_[block], modalities)) != 0;
    return !any;
  });
  return any;
}

// ---- a span of rows --------------------------------------------------------------------------------------------------

std::vector<RowSpan> VisibleRanges::spansOf(std::span<const NodeRow> rows) const {
  std::vector<RowSpan> spans;
  for (size_t first = 0, end; first < rows.size(); first = end) {
    const int64_t node = rows[first].node;
    const uint8_t modalities = modalitiesOf(rows[first]);
    RowSpan span{node, {}, visibleRangeOf(rows[first]), {}, modalities, true};
    for (end = first; end < rows.size() && rows[end].node == node; ++end) {
      const uint8_t own = modalitiesOf(rows[end]);
      span.alike &= own == modalities;
      span.modalities &= own;
    }
    span.rows = rows.subspan(first, end - first);
    span.last = visibleRangeOf(rows[end - 1]);
    spans.push_back(span);
  }
  return spans;
}

void VisibleRanges::appendBlocksOf(const RowSpan& span, std::vector<int64_t>& numbers) const {
  eachBlock(span.node, {span.first.low, span.last.high}, [&](int64_t block, const Node&) {
    numbers.push_back(block);
    return true;
  });
}

// Most spans see all of a block or nothing of it. Where the first and the last row see the same keys, so do the rows
// between them.
void VisibleRanges::fillWords(const RowSpan& span, const Block& block, uint64_t* words) const {
  const Owners owners = ownersIn(block, span.node);
  bool same = span.alike;
  uint64_t bits = 0;
  for (const Node* owner : owners) {
    const VisibleRange a = within(span.first, *owner, block), b = within(span.last, *owner, block);
    same &= a.low == b.low && a.high == b.high;
    bits |= bitsBetween(a.low, a.high);
  }
  bits &= ofModalities(block, span.modalities);
  for (const NodeRow& row : span.rows) *words++ = same ? bits : wordOf(row, block, owners);
}

}  // namespace earsight::attention
