// Which tokens are scored from which hidden rows. A row with several targets (the end of a prompt that several completions
// share) is scored against the vocabulary once, a row without targets never.
#pragma once

#include <cstdint>
#include <vector>

namespace earsight::linear_logprob {

struct Targets {
  std::vector<int64_t> row;    // [U], ascending: rows of `hidden` with at least one target
  std::vector<int64_t> first;  // [U + 1]: the targets of row u are first[u] .. first[u + 1]
  std::vector<int64_t> token;  // [M]
  std::vector<int64_t> item;   // [M]: index in the caller's list, ascending within a row

  int64_t rows() const { return static_cast<int64_t>(row.size()); }
  int64_t count() const { return static_cast<int64_t>(token.size()); }
};

// token, row: [n]; without `row` item i belongs to row i. Items whose token is `ignore` are left out. Rows lie in
// 0 .. hiddenRows - 1: checked by the caller.
Targets groupTargets(const int64_t* token, const int64_t* row, int64_t n, int64_t hiddenRows, int64_t ignore);

}  // namespace earsight::linear_logprob
