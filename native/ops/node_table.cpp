#include "node_table.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace earsight {

namespace {

constexpr int64_t kColumns = 8;
constexpr int64_t kMaxLevels = 4;

// One row of the table while it is being checked; knows how to say which cell is wrong.
class RowReader {
 public:
  RowReader(std::string_view op, int64_t node, const int64_t* row) : op_(op), node_(node), row_(row) {}

  int64_t at(int column) const { return row_[column]; }

  void inRange(int column, int64_t low, int64_t high, const char* what) const {
    TORCH_CHECK_VALUE(low <= row_[column] && row_[column] <= high, op_, ": node ", node_, ", column ", kNames[column],
                      ": expected ", low, "..", high, " (", what, "), got ", row_[column]);
  }

 private:
  static constexpr const char* kNames[kColumns] = {"q0", "q1", "k0", "k1", "parent", "causal", "window", "gate"};
  std::string_view op_;
  int64_t node_;
  const int64_t* row_;
};

void checkQueriesDisjoint(std::string_view op, const std::vector<Node>& nodes) {
  std::vector<size_t> order(nodes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t i) { return nodes[i].queries() == 0; });
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return nodes[a].q0 < nodes[b].q0; });
  for (size_t i = 1; i < order.size(); ++i) {
    const Node& before = nodes[order[i - 1]];
    const Node& after = nodes[order[i]];
    TORCH_CHECK_VALUE(before.q1 <= after.q0, op, ": node ", order[i], ", column q0: query rows [", after.q0, ", ",
                      after.q1, ") overlap those of node ", order[i - 1], " [", before.q0, ", ", before.q1,
                      "); a query row belongs to at most one node");
  }
}

// A key that lay twice on one path would be counted twice in the softmax.
void checkPathKeysDisjoint(std::string_view op, const std::vector<Node>& nodes, size_t index) {
  const Node& node = nodes[index];
  for (int64_t above = node.parent; above >= 0; above = nodes[above].parent) {
    const Node& ancestor = nodes[above];
    TORCH_CHECK_VALUE(std::max(node.k0, ancestor.k0) >= std::min(node.k1, ancestor.k1), op, ": node ", index,
                      ", column k0: key rows [", node.k0, ", ", node.k1, ") overlap those of its ancestor node ", above,
                      " [", ancestor.k0, ", ", ancestor.k1, "); a node sees its ancestors' keys already");
  }
}

}  // namespace

void checkNodesTensor(std::string_view op, const at::Tensor& nodes) {
  TORCH_CHECK_TYPE(nodes.scalar_type() == at::kLong, op, ": nodes: expected dtype int64, got ", nodes.scalar_type());
  TORCH_CHECK_VALUE(nodes.dim() == 2 && nodes.size(1) == kColumns, op, ": nodes: expected shape [N, 8], got ",
                    nodes.sizes());
  TORCH_CHECK_VALUE(nodes.is_cpu(), op, ": nodes: expected a CPU tensor, got one on ", nodes.device());
}

std::vector<Node> readNodes(std::string_view op, const at::Tensor& nodes, int64_t tq, int64_t tk) {
  checkNodesTensor(op, nodes);
  const at::Tensor table = nodes.contiguous();
  const int64_t count = table.size(0);
  std::vector<Node> result;
  result.reserve(count);
  for (int64_t i = 0; i < count; ++i) {
    const RowReader row(op, i, table.const_data_ptr<int64_t>() + i * kColumns);
    row.inRange(0, 0, tq, "rows of q");
    row.inRange(1, row.at(0), tq, "from q0 to the rows of q");
    row.inRange(2, 0, tk, "rows of k");
    row.inRange(3, row.at(2), tk, "from k0 to the rows of k");
    row.inRange(4, -1, i - 1, "-1 or an earlier node");
    row.inRange(5, 0, 1, "0 or 1");
    row.inRange(6, -1, std::numeric_limits<int64_t>::max(), "-1 for no limit, or a distance");
    // No distance exceeds tq + tk; the clamp keeps later sums away from overflow.
    Node node{row.at(0), row.at(1), row.at(2), row.at(3), row.at(4), row.at(5) != 0, std::min(row.at(6), tq + tk),
              static_cast<uint64_t>(row.at(7)), 1, 0};
    if (node.parent >= 0) {
      const Node& parent = result[node.parent];
      node.level = parent.level + 1;
      node.pathKeys = parent.pathKeys + parent.keys();
      TORCH_CHECK_VALUE(node.level <= kMaxLevels, op, ": node ", i, ", column parent: node ", node.parent,
                        " is at level ", parent.level, " and a forest has at most ", kMaxLevels, " levels");
    }
    result.push_back(node);
    checkPathKeysDisjoint(op, result, i);
  }
  checkQueriesDisjoint(op, result);
  return result;
}

at::Tensor readModality(std::string_view op, const char* name, const std::optional<at::Tensor>& modality,
                        int64_t rows) {
  if (!modality.has_value() || !modality->defined()) return {};
  TORCH_CHECK_TYPE(modality->scalar_type() == at::kByte, op, ": ", name, ": expected dtype uint8, got ",
                   modality->scalar_type());
  TORCH_CHECK_VALUE(modality->dim() == 1 && modality->size(0) == rows, op, ": ", name, ": expected shape [", rows,
                    "], got ", modality->sizes());
  const at::Tensor result = modality->cpu().contiguous();
  const uint8_t* data = result.const_data_ptr<uint8_t>();
  const uint8_t* wrong = std::find_if(data, data + rows, [](uint8_t value) { return value >= kModalities; });
  TORCH_CHECK_VALUE(wrong == data + rows, op, ": ", name, ": row ", wrong - data, ": expected a modality 0..7, got ",
                    static_cast<int>(*wrong));
  return result;
}

}  // namespace earsight
