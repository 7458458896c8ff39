// What forward and the first half of backward share: the tile and head of a thread block, keys and values in stages of
// shared memory, and which of them its rows see.
#pragma once

#include "panel.h"
#include "steps.h"

namespace earsight::attention::cuda {

// One thread block for each tile and query head.
struct QueryTile {
  const DevicePlan& plan;
  int head, keyHead;
  Tile tile;
  int rows, panelRows;  // panelRows: room for the largest tile, the same for every block

  EARSIGHT_DEVICE explicit QueryTile(const Arguments& a)
      : plan(a.plan),
        head(static_cast<int>(blockIndex() % a.heads)),
        keyHead(head / a.group),
        // Later tiles of a causal node see more keys: the longest work begins first.
        tile(a.plan.tiles[a.plan.tileCount - 1 - blockIndex() / a.heads]),
        rows(static_cast<int>(tile.rows)),
        panelRows(warpRowsOf(a.plan.tileRows)) {}

  EARSIGHT_DEVICE int64_t queryOf(int row) const { return plan.rows[tile.firstRow + row]; }

  template <int kWidth>
  EARSIGHT_DEVICE void copy(const Panel<kWidth>& to, const ConstRows& from, int width) const {
    to.copy(from, head, width, panelRows, rows, [&](int row) { return queryOf(row); });
  }
};

// Keys and values of two steps: one is filled while the other is read.
template <int kWidth>
struct KeyStages {
  static constexpr int kRows = 2 * 2 * kStepKeys;

  Panel<kWidth> first;

  EARSIGHT_DEVICE Panel<kWidth> keys(int stage) const { return {first.at(stage * 2 * kStepKeys, 0)}; }
  EARSIGHT_DEVICE Panel<kWidth> values(int stage) const { return {keys(stage).at(kStepKeys, 0)}; }

  // Begins the copies of a step.
  EARSIGHT_DEVICE void begin(const Arguments& a, int keyHead, const KeyStep& step, int stage) const {
    const auto rowOf = [&](int row) { return step.key + row; };
    keys(stage).copy(a.k, keyHead, a.width, kStepKeys, step.keys, rowOf);
    values(stage).copy(a.v, keyHead, a.valueWidth, kStepKeys, step.keys, rowOf);
  }
};

// Which keys of a step a warp's rows see; a lane holds those of its rows g, g + 8 in both row tiles.
struct VisibleKeys {
  uint32_t ofRow[2][2];

  EARSIGHT_DEVICE VisibleKeys(const QueryTile& tile, const KeyStep& step, int warpRow) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = warpRow + i * 8 + laneIndex() / 4;
      ofRow[i / 2][i % 2] = row < tile.rows ? visibleKeys(tile.plan, step, row) : 0;
    }
  }

  // Leaves of each row's keys those before its query's end.
  EARSIGHT_DEVICE void endAt(const int64_t* keyEnd, const QueryTile& tile, const KeyStep& step, int warpRow) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = warpRow + i * 8 + laneIndex() / 4;
      if (row >= tile.rows) continue;
      const int64_t left = keyEnd[tile.queryOf(row)] - step.key;
      if (left < kStepKeys) ofRow[i / 2][i % 2] &= left <= 0 ? 0 : (1u << left) - 1;
    }
  }

  // Votes, for all rows of the warp.
  EARSIGHT_DEVICE bool none() const { return !anyLane((ofRow[0][0] | ofRow[0][1] | ofRow[1][0] | ofRow[1][1]) != 0); }
  EARSIGHT_DEVICE bool all() const { return !anyLane((ofRow[0][0] & ofRow[0][1] & ofRow[1][0] & ofRow[1][1]) != ~0u); }

  // C fragment's element c of columns 8 n .. 8 n + 7, in row tile i.
  EARSIGHT_DEVICE bool seen(int i, int n, int c) const {
    return (ofRow[i][c / 2] >> (n * 8 + laneIndex() % 4 * 2 + c % 2) & 1) != 0;
  }
};

}  // namespace earsight::attention::cuda
