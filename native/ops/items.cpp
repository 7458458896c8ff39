#include "items.h"

#include <algorithm>

namespace earsight {

namespace {

// Rows with unlike key ranges (causal, windowed) are cut into blocks of about this many, each with the keys that the
// block needs: half of a long causal square is never computed.
constexpr int64_t kBlockRows = 64;

class ItemBuilder {
 public:
  ItemBuilder(const std::vector<Node>& nodes, const uint8_t* modality, const uint8_t* queryModality)
      : nodes_(nodes), modality_(modality), queryModality_(queryModality), children_(nodes.size()) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].parent >= 0) children_[nodes[i].parent].push_back(i);
    }
  }

  std::vector<Item> build() {
    for (size_t owner = 0; owner < nodes_.size(); ++owner) {
      if (nodes_[owner].keys() == 0) continue;
      rows_.clear();
      appendRows(owner, owner);
      cutIntoItems(owner);
      rows_.clear();
      appendDescendants(owner, owner);
      cutIntoItems(owner);
    }
    return std::move(items_);
  }

 private:
  void appendDescendants(size_t node, size_t owner) {
    for (const size_t child : children_[node]) {
      appendRows(child, owner);
      appendDescendants(child, owner);
    }
  }

  // The rows of `query`, each with its range of the keys of `owner` (the same node or an ancestor).
  void appendRows(size_t query, size_t owner) {
    const Node& q = nodes_[query];
    const Node& k = nodes_[owner];
    for (int64_t row = q.q0; row < q.q1; ++row) {
      // Positions count keys along the root-to-node path; the last query stands at the node's last key.
      const int64_t position = q.pathKeys + q.keys() - (q.q1 - row);
      int64_t low = k.pathKeys, high = k.pathKeys + k.keys();
      if (query == owner && q.causal) high = std::min(high, position + 1);
      if (q.window >= 0) {
        low = std::max(low, position - q.window);
        if (!q.causal) high = std::min(high, position + q.window + 1);
      }
      if (low >= high) continue;
      const int64_t shift = k.k0 - k.pathKeys;
      const uint8_t modality = queryModality_ ? queryModality_[row] : 0;
      rows_.push_back({row, low + shift, high + shift, q.visibleModalities(modality)});
    }
  }

  void cutIntoItems(size_t owner) {
    const int64_t count = static_cast<int64_t>(rows_.size());
    if (count == 0) return;
    const bool alike = std::all_of(rows_.begin(), rows_.end(), [&](const ItemRow& row) {
      return row.first == rows_[0].first && row.last == rows_[0].last;
    });
    const int64_t blocks = alike ? 1 : (count + kBlockRows - 1) / kBlockRows;
    for (int64_t block = 0; block < blocks; ++block) {
      appendItem({rows_.begin() + count * block / blocks, rows_.begin() + count * (block + 1) / blocks});
    }
  }

  void appendItem(std::vector<ItemRow> rows) {
    int64_t k0 = rows[0].first, k1 = rows[0].last;
    for (const ItemRow& row : rows) {
      k0 = std::min(k0, row.first);
      k1 = std::max(k1, row.last);
    }
    const uint8_t present = modalitiesOf(k0, k1);
    bool partial = false, any = false;
    for (const ItemRow& row : rows) {
      partial |= row.first > k0 || row.last < k1 || (present & ~row.modalities) != 0;
      any |= (present & row.modalities) != 0;
    }
    if (any) items_.push_back({std::move(rows), k0, k1, partial});
  }

  uint8_t modalitiesOf(int64_t k0, int64_t k1) const {
    if (!modality_) return 1;
    uint8_t present = 0;
    for (int64_t key = k0; key < k1; ++key) present |= static_cast<uint8_t>(1 << modality_[key]);
    return present;
  }

  const std::vector<Node>& nodes_;
  const uint8_t* modality_;
  const uint8_t* queryModality_;
  std::vector<std::vector<size_t>> children_;
  std::vector<ItemRow> rows_;  // of the owner at hand
  std::vector<Item> items_;
};

}  // namespace

std::vector<Item> buildItems(const std::vector<Node>& nodes, const uint8_t* modality, const uint8_t* queryModality) {
  return ItemBuilder(nodes, modality, queryModality).build();
}

}  // namespace earsight
