// Backward, second half: dk and dv. One thread block for each block of keys and key head. A warp owns 16 keys and loops over
// the query rows of all heads of the group and all tiles that see some of the keys. Scores are transposed, [keys x
// queries], so that probabilities and score gradients stay in registers: they are the left operands of the products that
// add to dv and dk.
#pragma once

#include "panel.h"

namespace earsight::attention::cuda {

constexpr int kKeyWarps = kBlockKeys / 16;
constexpr int kKeyThreads = kKeyWarps * 32;
constexpr int kStepRows = 32;  // query rows at a time

// The statistics of a step's query rows.
struct RowFigures {
  float lse[kStepRows];
  float delta[kStepRows];
  float dMass[kStepRows][kModalities];
  uint64_t visible[kStepRows];  // bit j: sees the block's key j
};

template <int kWidth>
constexpr int backwardKeySharedBytes() {
  return Panel<kWidth>::bytes(2 * kBlockKeys + 2 * 2 * kStepRows) + 2 * static_cast<int>(sizeof(RowFigures));
}

struct RowStep {
  int head;
  int64_t firstRow;  // in Plan::rows
  int rows;          // 1 .. kStepRows
  int64_t mask;      // of the first row; -1 when every row sees every key
  int64_t maskStride;
};

// Over the heads of a group, the block's uses, and the rows of each tile.
class RowSteps {
 public:
  EARSIGHT_DEVICE RowSteps(const DevicePlan& plan, const Block& block, int firstHead, int heads)
      : plan_(plan), block_(block), head_(firstHead), endHead_(firstHead + heads) {
    fetch();
  }

  EARSIGHT_DEVICE bool done() const { return head_ == endHead_; }

  EARSIGHT_DEVICE RowStep step() const {
    const int left = static_cast<int>(tile_.rows) - row_;
    return {head_, tile_.firstRow + row_, left < kStepRows ? left : kStepRows,
            pair_.mask < 0 ? -1 : pair_.mask + row_ * pair_.maskStride, pair_.maskStride};
  }

  EARSIGHT_DEVICE void advance() {
    row_ += kStepRows;
    if (row_ < tile_.rows) return;
    row_ = 0;
    if (++use_ == block_.uses) {
      use_ = 0;
      ++head_;
    }
    fetch();
  }

 private:
  EARSIGHT_DEVICE void fetch() {
    if (done()) return;
    pair_ = plan_.pairs[plan_.uses[block_.firstUse + use_]];
    tile_ = plan_.tiles[pair_.tile];
  }

  const DevicePlan& plan_;
  const Block& block_;
  int head_, endHead_;
  int64_t use_ = 0;
  int row_ = 0;
  Pair pair_{};
  Tile tile_{};
};

EARSIGHT_DEVICE void copyFigures(const BackwardArguments& a, const RowStep& step, RowFigures* to) {
  const int thread = threadIndex(), row = thread % kStepRows;
  const bool exists = row < step.rows;
  const int64_t query = a.plan.rows[step.firstRow + (exists ? row : 0)];
  switch (thread / kStepRows) {
    case 0: copyAsync<4>(&to->lse[row], a.lse + step.head * a.tq + query, exists); break;
    case 1: copyAsync<4>(&to->delta[row], a.delta + step.head * a.tq + query, exists); break;
    case 2:
      if (step.mask >= 0) copyAsync<8>(&to->visible[row], a.plan.masks + step.mask + row * step.maskStride * exists, exists);
      break;
    default:
      if (a.dMass == nullptr) break;
      for (int m = 0; m < kModalities; ++m) {
        copyAsync<4>(&to->dMass[row][m], a.dMass + query * a.dMassRow + step.head * a.dMassHead + m, exists);
      }
  }
}

template <typename Format, int kWidth>
EARSIGHT_KERNEL(kKeyThreads) backwardKeyKernel(const BackwardArguments a) {
  const int keyHeads = a.heads / a.group;
  const int keyHead = static_cast<int>(blockIndex() % keyHeads);
  // More rows see the earlier keys of a causal node: the longest work begins first.
  const Block& block = a.plan.blocks[blockIndex() / keyHeads];
  const int blockKeys = static_cast<int>(block.keys);

  auto* figures = reinterpret_cast<RowFigures*>(sharedMemory());
  const Panel<kWidth> keys{reinterpret_cast<Element*>(figures + 2)};
  const Panel<kWidth> values{keys.at(kBlockKeys, 0)};
  const auto queriesOf = [&](int stage) { return Panel<kWidth>{values.at(kBlockKeys + stage * 2 * kStepRows, 0)}; };
  const auto gradientsOf = [&](int stage) { return Panel<kWidth>{queriesOf(stage).at(kStepRows, 0)}; };
  const auto begin = [&](const RowStep& step, int stage) {
    const auto rowOf = [&](int row) { return a.plan.rows[step.firstRow + row]; };
    queriesOf(stage).copy(a.q, step.head, a.width, kStepRows, step.rows, rowOf);
    gradientsOf(stage).copy(a.dOut, step.head, a.valueWidth, kStepRows, step.rows, rowOf);
    copyFigures(a, step, figures + stage);
  };

  const auto keyOf = [&](int row) { return block.key + row; };
  keys.copy(a.k, keyHead, a.width, kBlockKeys, blockKeys, keyOf);
  values.copy(a.v, keyHead, a.valueWidth, kBlockKeys, blockKeys, keyOf);
  RowSteps steps(a.plan, block, keyHead * a.group, a.group);
  begin(steps.step(), 0);

  const int warpKey = warpIndex() * 16, group = laneIndex() / 4, column = laneIndex() % 4 * 2;
  const float scale = a.scale * kLog2E;
  float dk[kWidth / 8][4] = {}, dv[kWidth / 8][4] = {};
  // The keys' modalities as A [16 x 16]: columns 0..7, and again in 8..15 for the rounding error of dMass.
  uint32_t modality[4];
  {
    const uint64_t low = block.ofModality[column] >> (warpKey + group);
    const uint64_t high = block.ofModality[column + 1] >> (warpKey + group);
    modality[0] = modality[2] = packBits<Format>(low, high);
    modality[1] = modality[3] = packBits<Format>(low >> 8, high >> 8);
  }

  for (int stage = 0; !steps.done(); stage ^= 1) {
    const RowStep step = steps.step();
    waitForCopies();
    barrier();  // this stage is filled, and no thread reads the other one any more
    steps.advance();
    if (!steps.done()) begin(steps.step(), stage ^ 1);
    const RowFigures& figure = figures[stage];
    if (warpKey >= blockKeys) continue;

    float scores[kStepRows / 8][4] = {}, dScores[kStepRows / 8][4] = {};  // S; dOut . v, then dS
#pragma unroll
    for (int k = 0; k < kWidth; k += 16) {
      uint32_t key[4], value[4], b[4];
      keys.loadA(key, warpKey, k);
      values.loadA(value, warpKey, k);
#pragma unroll
      for (int n = 0; n < kStepRows / 8; n += 2) {
        queriesOf(stage).loadRowsAsB(b, n * 8, k);
        multiplyAddTwo<Format>(scores[n], scores[n + 1], key, b);
        gradientsOf(stage).loadRowsAsB(b, n * 8, k);
        multiplyAddTwo<Format>(dScores[n], dScores[n + 1], value, b);
      }
    }
    if (a.dMass != nullptr) {
#pragma unroll
      for (int n = 0; n < kStepRows / 8; ++n) {
        const float* gradient = figure.dMass[n * 8 + group];
        uint32_t first, rest;
        packSplit<Format>(first, rest, gradient[column], gradient[column + 1]);
        Format::multiplyAdd(dScores[n], modality, first, rest);
      }
    }

#pragma unroll
    for (int n = 0; n < kStepRows / 8; ++n) {
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        const int row = n * 8 + column + c % 2;
        // A row past the step's end has q = dOut = lse = delta = 0 and adds nothing.
        const bool seen = step.mask < 0 || (figure.visible[row] >> (warpKey + group + c / 2 * 8) & 1) != 0;
        const float probability = seen ? exp2Fast(scores[n][c] * scale - figure.lse[row] * kLog2E) : 0.0f;
        scores[n][c] = probability;
        dScores[n][c] = probability * (dScores[n][c] - figure.delta[row]);
      }
    }

#pragma unroll
    for (int k = 0; k < kStepRows / 16; ++k) {
      uint32_t probabilities[4], packedGradients[4];
      packA<Format>(probabilities, scores[2 * k], scores[2 * k + 1]);
      packA<Format>(packedGradients, dScores[2 * k], dScores[2 * k + 1]);
#pragma unroll
      for (int n = 0; n < kWidth / 8; n += 2) {
        uint32_t b[4];
        gradientsOf(stage).loadB(b, k * 16, n * 8);
        multiplyAddTwo<Format>(dv[n], dv[n + 1], probabilities, b);
        queriesOf(stage).loadB(b, k * 16, n * 8);
        multiplyAddTwo<Format>(dk[n], dk[n + 1], packedGradients, b);
      }
    }
  }

#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int row = warpKey + group + 8 * r;
    if (row >= blockKeys) continue;
    storePair<Format, kWidth>(a.dk, keyOf(row), keyHead, a.width, dk, r, a.scale);
    storePair<Format, kWidth>(a.dv, keyOf(row), keyHead, a.valueWidth, dv, r, 1.0f);
  }
}

}  // namespace earsight::attention::cuda
