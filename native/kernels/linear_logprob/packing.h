// Packs rows of hidden states and of the weight into operands of products.
#pragma once

#include <algorithm>
#include <cstdint>

#include "products.h"

namespace {

// `row(i)` points at row i of the source, elements of type T.

// Steps that hold `count` elements of the contraction.
template <typename K>
constexpr int64_t stepsOf(int64_t count) {
  constexpr int64_t kElements = K::kDepth * kStepGrain<K>;
  return (count + kElements - 1) / kElements * kStepGrain<K>;
}

// A panel of B for a contraction over the width: item [step][i] has the step's elements of row i. Missing columns and
// missing elements of the last steps are zero.
template <typename K, typename RowOf>
void packAcross(const RowOf& row, int64_t rows, int64_t width, typename K::Item* panel) {
  const int64_t whole = width / K::kDepth, steps = stepsOf<K>(width);
  for (int64_t i = 0; i < kPanel<K>; ++i) {
    if (i >= rows) {
      for (int64_t step = 0; step < steps; ++step) panel[step * kPanel<K> + i] = {};
      continue;
    }
    const auto* source = row(i);
    typename K::Part parts[K::kDepth];
    for (int64_t step = 0; step < whole; ++step) {
      for (int64_t d = 0; d < K::kDepth; ++d) parts[d] = static_cast<typename K::Part>(source[step * K::kDepth + d]);
      panel[step * kPanel<K> + i] = K::join(parts);
    }
    for (int64_t step = whole; step < steps; ++step) {
      for (int64_t d = 0; d < K::kDepth; ++d) {
        const int64_t at = step * K::kDepth + d;
        parts[d] = at < width ? static_cast<typename K::Part>(source[at]) : typename K::Part{};
      }
      panel[step * kPanel<K> + i] = K::join(parts);
    }
  }
}

// A panel of B for a contraction over rows: item [step][c] has column `column + c` of the step's rows. Missing columns and
// missing rows of the last steps are zero.
template <typename K, typename RowOf>
void packDown(const RowOf& row, int64_t rows, int64_t column, int64_t columns, typename K::Item* panel) {
  const int64_t last = stepsOf<K>(rows) * K::kDepth;
  for (int64_t i = 0; i < last; i += K::kDepth, panel += kPanel<K>) {
    typename K::Part parts[K::kDepth];
    if (i + K::kDepth <= rows) {
      std::remove_cvref_t<decltype(row(i))> sources[K::kDepth];
      for (int64_t d = 0; d < K::kDepth; ++d) {
        sources[d] = row(i + d) + column;
        // The next panel's columns: hardware does not predict steps from row to row.
        for (int64_t c = 0; c < kPanel<K>; c += 64 / sizeof(*sources[d])) __builtin_prefetch(sources[d] + kPanel<K> + c);
      }
      int64_t c = 0;
      if constexpr (requires { K::joinColumns(panel, sources[0], sources[1]); }) {
        for (; c + K::kLanes <= columns; c += K::kLanes) K::joinColumns(panel + c, sources[0] + c, sources[1] + c);
      }
      for (; c < columns; ++c) {
        for (int64_t d = 0; d < K::kDepth; ++d) parts[d] = static_cast<typename K::Part>(sources[d][c]);
        panel[c] = K::join(parts);
      }
    } else {
      for (int64_t c = 0; c < columns; ++c) {
        for (int64_t d = 0; d < K::kDepth; ++d) {
          parts[d] = i + d < rows ? static_cast<typename K::Part>(row(i + d)[column + c]) : typename K::Part{};
        }
        panel[c] = K::join(parts);
      }
    }
    std::fill(panel + columns, panel + kPanel<K>, typename K::Item{});
  }
}

// A's rows for a contraction over the width, where they cannot be used in place: items [row][steps] of elements
// first .. last, zero from `width` on.
template <typename K, typename RowOf>
void packRows(const RowOf& row, int64_t rows, int64_t first, int64_t last, int64_t width, typename K::Item* items) {
  typename K::Part parts[K::kDepth];
  for (int64_t i = 0; i < rows; ++i) {
    const auto* source = row(i);
    for (int64_t at = first; at < last; at += K::kDepth) {
      for (int64_t d = 0; d < K::kDepth; ++d) {
        parts[d] = at + d < width ? static_cast<typename K::Part>(source[at + d]) : typename K::Part{};
      }
      *items++ = K::join(parts);
    }
  }
}

}  // namespace
