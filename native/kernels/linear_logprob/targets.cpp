#include "targets.h"

#include <cstddef>

namespace earsight::linear_logprob {

// A counting sort by row: stable, so the order of sums is that of the caller's list.
Targets groupTargets(const int64_t* token, const int64_t* row, int64_t n, int64_t hiddenRows, int64_t ignore) {
  const auto rowOf = [row](int64_t item) { return row == nullptr ? item : row[item]; };
  std::vector<int64_t> next(static_cast<size_t>(hiddenRows), 0);
  for (int64_t item = 0; item < n; ++item) next[rowOf(item)] += token[item] != ignore;

  Targets targets;
  int64_t count = 0;
  for (int64_t r = 0; r < hiddenRows; ++r) {
    const int64_t mine = next[r];
    next[r] = count;
    if (mine == 0) continue;
    targets.row.push_back(r);
    targets.first.push_back(count);
    count += mine;
  }
  targets.first.push_back(count);
  targets.token.resize(static_cast<size_t>(count));
  targets.item.resize(static_cast<size_t>(count));
  for (int64_t item = 0; item < n; ++item) {
    if (token[item] == ignore) continue;
    const int64_t at = next[rowOf(item)]++;
    targets.token[at] = token[item];
    targets.item[at] = item;
  }
  return targets;
}

}  // namespace earsight::linear_logprob
