// The steps over keys of forward and the first half of backward: pair by pair of the tile's list, each block of up to 64
// keys in halves of 32, so that a row's mask is one register and two halves fit into shared memory.
#pragma once

#include "arguments.h"
#include "warp.h"

namespace earsight::attention::cuda {

constexpr int kStepKeys = 32;

// A warp owns 32 rows of a tile: two row tiles of matrix products, which share the loaded keys.
constexpr int kWarpRows = 32;
static_assert(kBlockKeys == 2 * kStepKeys);

// Thread blocks have as many warps as the plan's tiles need, up to four.
constexpr int kMostTileRows = 4 * kWarpRows;
constexpr int kMostQueryThreads = 32 * kMostTileRows / kWarpRows;

EARSIGHT_HOST_DEVICE constexpr int warpRowsOf(int tileRows) { return (tileRows + kWarpRows - 1) / kWarpRows * kWarpRows; }

struct KeyStep {
  int64_t block;
  int64_t key;         // first row of k
  int keys;            // 1 .. 32
  int half;            // 0 or 1: which bits of the block's words
  int64_t mask;        // see Pair
  int64_t maskStride;
};

class KeySteps {
 public:
  EARSIGHT_DEVICE KeySteps(const DevicePlan& plan, const Tile& tile)
      : plan_(plan), pair_(tile.firstPair), end_(tile.firstPair + tile.pairs) {
    fetch();
  }

  EARSIGHT_DEVICE bool done() const { return pair_ == end_; }

  EARSIGHT_DEVICE KeyStep step() const {
    const int first = half_ * kStepKeys;
    const int left = keys_ - first;
    return {current_.block, key_ + first, left < kStepKeys ? left : kStepKeys, half_, current_.mask,
            current_.maskStride};
  }

  EARSIGHT_DEVICE void advance() {
    if (half_ == 0 && keys_ > kStepKeys) {
      half_ = 1;
    } else {
      half_ = 0;
      ++pair_;
      fetch();
    }
  }

 private:
  EARSIGHT_DEVICE void fetch() {
    if (done()) return;
    current_ = plan_.pairs[pair_];
    key_ = plan_.blocks[current_.block].key;
    keys_ = static_cast<int>(plan_.blocks[current_.block].keys);
  }

  const DevicePlan& plan_;
  int64_t pair_, end_;
  Pair current_{};
  int64_t key_ = 0;
  int keys_ = 0, half_ = 0;
};

// Which of the step's keys a row of the tile sees: bit j for key j.
EARSIGHT_DEVICE uint32_t visibleKeys(const DevicePlan& plan, const KeyStep& step, int row) {
  const uint32_t existing = 0xffffffffu >> (kStepKeys - step.keys);
  if (step.mask < 0) return existing;
  return static_cast<uint32_t>(plan.masks[step.mask + row * step.maskStride] >> (step.half * kStepKeys)) & existing;
}

}  // namespace earsight::attention::cuda
