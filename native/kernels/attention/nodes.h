// The node table of av_attention, parsed and checked, with the figures that planning needs. Later steps check no ranges.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace earsight::attention {

// Modalities are numbered 0..7: one bit each in a gate byte.
constexpr int kModalities = 8;
constexpr int64_t kNodeColumns = 8;
// The most nodes on a path from a root. Paths are walked for every node and row, and not stored.
constexpr int64_t kMaxLevels = 16;

struct Node {
  int64_t q0, q1;    // query rows [q0, q1)
  int64_t k0, k1;    // key rows [k0, k1)
  int64_t parent;    // row of the table, -1 for a root
  bool causal;       // within its own keys, aligned at the bottom right
  int64_t window;    // largest distance along the root-to-node path, -1 for none
  uint64_t gate;     // byte m: the key modalities that a query of modality m may see
  int64_t level;     // 1 for a root
  int64_t pathKeys;  // keys of all ancestors: position on the path of the node's first key

  int64_t queries() const { return q1 - q0; }
  int64_t keys() const { return k1 - k0; }
  uint8_t visibleModalities(uint8_t queryModality) const { return static_cast<uint8_t>(gate >> (8 * queryModality)); }
};

// table: [N, 8] row by row, columns q0, q1, k0, k1, parent, causal, window, gate.
// Throws std::invalid_argument naming node, column, value and what was expected.
std::vector<Node> readNodes(std::span<const int64_t> table, int64_t tq, int64_t tk);

}  // namespace earsight::attention
