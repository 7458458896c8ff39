// Rows in blocks, one a task.
#pragma once

#include <algorithm>
#include <cstdint>

#include "../parallel.h"
#include "tile_products.h"
#include "tile_scores.h"

namespace {

// body(first, count) for blocks of at most `limit` rows. Blocks are as even as whole vectors allow: two workers and 300 rows
// make two blocks, not three.
template <typename K, typename Body>
void eachRowBlock(const earsight::Parallel& parallel, int64_t rows, int64_t limit, const Body& body) {
  if (rows == 0) return;
  const int64_t blocks = roundUp(ceilDivide(rows, limit), std::max(1, parallel.workers));
  const int64_t size = std::min(limit, roundUp(ceilDivide(rows, blocks), K::kLanes));
  forEachTask(parallel, ceilDivide(rows, size), [&](int64_t task, int) {
    [[maybe_unused]] const Session<K> session;
    body(task * size, std::min(size, rows - task * size));
  });
}

}  // namespace
