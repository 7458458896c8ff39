// The node table of av_attention as the rest of native/ops sees it: parsed once, checked once, and with the two
// figures that every consumer needs (level and keys on the path above). A table that passes here needs no further
// range checks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace earsight {

// Modalities are numbered 0..7: one bit each in a gate byte.
constexpr int kModalities = 8;

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

// nodes: int64 [N, 8] on the CPU, columns q0, q1, k0, k1, parent, causal, window, gate.
// Throws ValueError (TypeError for a wrong dtype) naming node, column, value and what was expected.
std::vector<Node> readNodes(std::string_view op, const at::Tensor& nodes, int64_t tq, int64_t tk);

// The table's shape, dtype and device alone: enough where a plan vouches for the contents.
void checkNodesTensor(std::string_view op, const at::Tensor& nodes);

// uint8 [rows] with values below 8, as a contiguous CPU tensor; undefined when left out (all rows are modality 0).
at::Tensor readModality(std::string_view op, const char* name, const std::optional<at::Tensor>& modality, int64_t rows);

}  // namespace earsight
