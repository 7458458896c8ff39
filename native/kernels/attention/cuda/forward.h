// Forward: one thread block for each tile and query head. Keys and values stream through shared memory; the next step is
// copied during the products of this one. Scores, softmax statistics and the sum of values stay in registers
// (FlashAttention-2, arXiv 2307.08691, with block lists in place of one rectangle).
#pragma once

#include "query_tile.h"

namespace earsight::attention::cuda {

constexpr float kMinusInfinity = -__builtin_huge_valf();

template <int kWidth>
constexpr int forwardSharedBytes(int tileRows) {
  return Panel<kWidth>::bytes(warpRowsOf(tileRows) + KeyStages<kWidth>::kRows);
}

// Online softmax of 16 query rows of a warp; a lane holds parts of rows g and g + 8 (r = 0, 1). Exponents are to base 2:
// `rowMax` is the largest score times log2(e) so far, `sum` this lane's part of the sum.
template <int kWidth>
struct RunningRows {
  float out[kWidth / 8][4] = {};
  float mass[4] = {};  // modalities 2t, 2t + 1
  float rowMax[2] = {kMinusInfinity, kMinusInfinity};
  float sum[2] = {};

  // Scores become probabilities relative to the new `rowMax`.
  EARSIGHT_DEVICE void updateSoftmax(float (&scores)[kStepKeys / 8][4]) {
    float rescale[2];
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      float highest = rowMax[r];
#pragma unroll
      for (int n = 0; n < kStepKeys / 8; ++n) highest = fmaxf(highest, fmaxf(scores[n][2 * r], scores[n][2 * r + 1]));
      highest = fmaxf(highest, shuffleXor(highest, 1));
      highest = fmaxf(highest, shuffleXor(highest, 2));
      const float base = highest == kMinusInfinity ? 0.0f : highest;  // no visible key so far: exp2(-inf - 0) = 0
      rescale[r] = exp2Fast(rowMax[r] - base);
      rowMax[r] = highest;
      sum[r] *= rescale[r];
#pragma unroll
      for (int n = 0; n < kStepKeys / 8; ++n) {
#pragma unroll
        for (int c = 2 * r; c < 2 * r + 2; ++c) {
          scores[n][c] = exp2Fast(scores[n][c] - base);
          sum[r] += scores[n][c];
        }
      }
    }
    // Most steps do not raise the maximum.
    if (!anyLane(rescale[0] != 1.0f || rescale[1] != 1.0f)) return;
#pragma unroll
    for (int n = 0; n < kWidth / 8; ++n) {
#pragma unroll
      for (int c = 0; c < 4; ++c) out[n][c] *= rescale[c / 2];
    }
#pragma unroll
    for (int c = 0; c < 4; ++c) mass[c] *= rescale[c / 2];
  }
};

EARSIGHT_DEVICE float sumOfRow(float value) {
  value += shuffleXor(value, 1);
  return value + shuffleXor(value, 2);
}

template <typename Format, int kWidth>
EARSIGHT_DEVICE void storeRows(const ForwardArguments& a, const QueryTile& tile, int firstRow,
                               const RunningRows<kWidth>& rows) {
  const int group = laneIndex() / 4, column = laneIndex() % 4 * 2;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    // Shuffles need the whole warp: rows past the tile's end take part and store nothing.
    const float total = sumOfRow(rows.sum[r]);
    const float massTotal = sumOfRow(rows.mass[2 * r] + rows.mass[2 * r + 1]);
    const int row = firstRow + group + 8 * r;
    if (row >= tile.rows) continue;
    const int64_t query = tile.queryOf(row);
    storePair<Format, kWidth>(a.out, query, tile.head, a.valueWidth, rows.out, r, total > 0 ? 1.0f / total : 0.0f);
    const int64_t offset = tile.head * a.tq + query;
    if (column == 0) a.lse[offset] = (rows.rowMax[r] + log2f(total)) / kLog2E;
    if (a.mass != nullptr) {
      // Probabilities were rounded for the product, so the masses are divided by their own sum: their sum is exactly 1.
      const float part = massTotal > 0 ? 1.0f / massTotal : 0.0f;
      a.mass[offset * kModalities + column] = rows.mass[2 * r] * part;
      a.mass[offset * kModalities + column + 1] = rows.mass[2 * r + 1] * part;
    }
  }
}

template <typename Format, int kWidth>
EARSIGHT_KERNEL(kMostQueryThreads) forwardKernel(const ForwardArguments a) {
  const QueryTile tile(a);
  const Panel<kWidth> queries{reinterpret_cast<Element*>(sharedMemory())};
  const KeyStages<kWidth> stages{queries.at(tile.panelRows, 0)};

  tile.copy(queries, a.q, a.width);
  KeySteps steps(a.plan, tile.tile);
  stages.begin(a, tile.keyHead, steps.step(), 0);

  const int warpRow = warpIndex() * kWarpRows, group = laneIndex() / 4, column = laneIndex() % 4 * 2;
  const float scale = a.scale * kLog2E;
  RunningRows<kWidth> running[2];

  for (int stage = 0; !steps.done(); stage ^= 1) {
    const KeyStep step = steps.step();
    waitForCopies();
    barrier();  // this stage is filled, and no thread reads the other one any more
    steps.advance();
    if (!steps.done()) stages.begin(a, tile.keyHead, steps.step(), stage ^ 1);
    const Panel<kWidth> keys = stages.keys(stage), values = stages.values(stage);
    VisibleKeys visible(tile, step, warpRow);
    if (a.keyEnd != nullptr) visible.endAt(a.keyEnd, tile, step, warpRow);
    if (visible.none()) continue;
    const bool all = visible.all();

    float scores[2][kStepKeys / 8][4] = {};
#pragma unroll
    for (int k = 0; k < kWidth; k += 16) {
      uint32_t q[2][4], b[4];
      queries.loadA(q[0], warpRow, k);
      queries.loadA(q[1], warpRow + 16, k);
#pragma unroll
      for (int n = 0; n < kStepKeys / 8; n += 2) {
        keys.loadRowsAsB(b, n * 8, k);
#pragma unroll
        for (int i = 0; i < 2; ++i) multiplyAddTwo<Format>(scores[i][n], scores[i][n + 1], q[i], b);
      }
    }

    uint32_t probabilities[2][kStepKeys / 16][4];
#pragma unroll
    for (int i = 0; i < 2; ++i) {
#pragma unroll
      for (int n = 0; n < kStepKeys / 8; ++n) {
#pragma unroll
        for (int c = 0; c < 4; ++c) {
          scores[i][n][c] = all || visible.seen(i, n, c) ? scores[i][n][c] * scale : kMinusInfinity;
        }
      }
      running[i].updateSoftmax(scores[i]);
#pragma unroll
      for (int n = 0; n < kStepKeys / 16; ++n) {
        packA<Format>(probabilities[i][n], scores[i][2 * n], scores[i][2 * n + 1]);
      }
    }

#pragma unroll
    for (int k = 0; k < kStepKeys / 16; ++k) {
#pragma unroll
      for (int n = 0; n < kWidth / 8; n += 2) {
        uint32_t b[4];
        values.loadB(b, k * 16, n * 8);
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          multiplyAddTwo<Format>(running[i].out[n], running[i].out[n + 1], probabilities[i][k], b);
        }
      }
    }
    if (a.mass != nullptr) {
      // The mass is one more product, with eight columns: 1 where the key has that modality.
      const uint64_t word = a.plan.blocks[step.block].ofModality[group] >> (step.half * kStepKeys + column);
#pragma unroll
      for (int k = 0; k < kStepKeys / 16; ++k) {
        const uint64_t bits = word >> (k * 16);
        const uint32_t b0 = packBits<Format>(bits, bits >> 1), b1 = packBits<Format>(bits >> 8, bits >> 9);
#pragma unroll
        for (int i = 0; i < 2; ++i) Format::multiplyAdd(running[i].mass, probabilities[i][k], b0, b1);
      }
    }
  }

#pragma unroll
  for (int i = 0; i < 2; ++i) storeRows<Format, kWidth>(a, tile, warpRow + i * 16, running[i]);
}

}  // namespace earsight::attention::cuda
