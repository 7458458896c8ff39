// First half of planning: from the node forest to items (query rows against one run of keys), with what each row of
// an item sees. No tensors here, only rows and ranges.
#pragma once

#include <cstdint>
#include <vector>

#include "node_table.h"

namespace earsight {

// What one query row sees of an item's keys: [first, last) in rows of k, and there the modalities of `modalities`.
struct ItemRow {
  int64_t query;
  int64_t first, last;
  uint8_t modalities;
};

struct Item {
  std::vector<ItemRow> rows;
  int64_t k0, k1;
  bool partial;  // some row does not see some key

  int64_t queryCount() const { return static_cast<int64_t>(rows.size()); }
  int64_t keyCount() const { return k1 - k0; }
};

// modality, queryModality: one byte a row, or null where all rows are modality 0.
std::vector<Item> buildItems(const std::vector<Node>& nodes, const uint8_t* modality, const uint8_t* queryModality);

}  // namespace earsight
