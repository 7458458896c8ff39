#include "nodes.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <sstream>
#include <stdexcept>

namespace earsight::attention {

namespace {

template <typename... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  std::ostringstream message;
  (message << ... << parts);
  throw std::invalid_argument(message.str());
}

// One row of the table while it is checked. Errors name its cell.
class RowReader {
 public:
  RowReader(int64_t node, const int64_t* row) : node_(node), row_(row) {}

  int64_t at(int column) const { return row_[column]; }

  void inRange(int column, int64_t low, int64_t high, const char* what) const {
    if (low <= row_[column] && row_[column] <= high) return;
    fail("node ", node_, ", column ", kNames[column], ": expected ", low, "..", high, " (", what, "), got ",
         row_[column]);
  }

 private:
  static constexpr const char* kNames[kNodeColumns] = {"q0", "q1", "k0", "k1", "parent", "causal", "window", "gate"};
  int64_t node_;
  const int64_t* row_;
};

void checkQueriesDisjoint(const std::vector<Node>& nodes) {
  std::vector<size_t> order(nodes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t i) { return nodes[i].queries() == 0; });
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return nodes[a].q0 < nodes[b].q0; });
  for (size_t i = 1; i < order.size(); ++i) {
    const Node& before = nodes[order[i - 1]];
    const Node& after = nodes[order[i]];
    if (before.q1 <= after.q0) continue;
    fail("node ", order[i], ", column q0: query rows [", after.q0, ", ", after.q1, ") overlap those of node ",
         order[i - 1], " [", before.q0, ", ", before.q1, "); a query row belongs to at most one node");
  }
}

// The softmax would count a key twice that lies on one path twice.
void checkPathKeysDisjoint(const std::vector<Node>& nodes, size_t index) {
  const Node& node = nodes[index];
  for (int64_t above = node.parent; above >= 0; above = nodes[above].parent) {
    const Node& ancestor = nodes[above];
    if (std::max(node.k0, ancestor.k0) >= std::min(node.k1, ancestor.k1)) continue;
    fail("node ", index, ", column k0: key rows [", node.k0, ", ", node.k1, ") overlap those of its ancestor node ",
         above, " [", ancestor.k0, ", ", ancestor.k1, "); a node sees its ancestors' keys already");
  }
}

}  // namespace

std::vector<Node> readNodes(std::span<const int64_t> table, int64_t tq, int64_t tk) {
  const auto count = static_cast<int64_t>(table.size()) / kNodeColumns;
  std::vector<Node> result;
  result.reserve(count);
  for (int64_t i = 0; i < count; ++i) {
    const RowReader row(i, table.data() + i * kNodeColumns);
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
      if (node.level > kMaxLevels) {
        fail("node ", i, ", column parent: node ", node.parent, " is at level ", parent.level,
             " and a forest has at most ", kMaxLevels, " levels");
      }
    }
    result.push_back(node);
    checkPathKeysDisjoint(result, i);
  }
  checkQueriesDisjoint(result);
  return result;
}

}  // namespace earsight::attention
