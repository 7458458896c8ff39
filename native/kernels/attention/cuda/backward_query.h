// Backward, first half: dq. One thread block a tile and query head, as in forward; the probabilities are made again from
// the scores and the stored log-sum-exp. That dq has a pass of its own costs two products more than adding to it from
// the other half would, and makes it the same bits in every run: no atomic sums.
#pragma once

#include "forward.h"
#include "panel.h"
#include "steps.h"

namespace earsight::attention::cuda {

template <int kWidth>
constexpr int backwardQuerySharedBytes(int tileRows) {
  return Panel<kWidth>::bytes(2 * warpRowsOf(tileRows) + 2 * 2 * kStepKeys);
}

// dMass of rows g and g + 8 as A [16 x 16]: columns 0..7 the modalities, 8..15 what rounding took off them.
template <typename Format>
EARSIGHT_DEVICE void loadMassGradient(uint32_t (&m)[4], const BackwardArguments& a, int64_t place0, int64_t place1) {
  const int column = laneIndex() % 4 * 2;
  m[0] = m[1] = m[2] = m[3] = 0;
  if (place0 >= 0) packSplit<Format>(m[0], m[2], a.dMass[place0 + column], a.dMass[place0 + column + 1]);
  if (place1 >= 0) packSplit<Format>(m[1], m[3], a.dMass[place1 + column], a.dMass[place1 + column + 1]);
}

template <typename Format, int kWidth>
EARSIGHT_KERNEL(kMostQueryThreads) backwardQueryKernel(const BackwardArguments a) {
  const int head = static_cast<int>(blockIndex() % a.heads), keyHead = head / a.group;
  const Tile tile = a.plan.tiles[a.plan.tileCount - 1 - blockIndex() / a.heads];
  const int tileRows = static_cast<int>(tile.rows), panelRows = warpRowsOf(a.plan.tileRows);

  const Panel<kWidth> queries{reinterpret_cast<Element*>(sharedMemory())};
  const Panel<kWidth> gradients{queries.at(panelRows, 0)};
  const auto keysOf = [&](int stage) { return Panel<kWidth>{gradients.at(panelRows + stage * 2 * kStepKeys, 0)}; };
  const auto valuesOf = [&](int stage) { return Panel<kWidth>{keysOf(stage).at(kStepKeys, 0)}; };
  const auto begin = [&](const KeyStep& step, int stage) {
    const auto rowOf = [&](int row) { return step.key + row; };
    keysOf(stage).copy(a.k, keyHead, a.width, kStepKeys, step.keys, rowOf);
    valuesOf(stage).copy(a.v, keyHead, a.valueWidth, kStepKeys, step.keys, rowOf);
  };
  const auto queryOf = [&](int row) { return a.plan.rows[tile.firstRow + row]; };

  queries.copy(a.q, head, a.width, panelRows, tileRows, queryOf);
  gradients.copy(a.dOut, head, a.valueWidth, panelRows, tileRows, queryOf);
  KeySteps steps(a.plan, tile);
  begin(steps.step(), 0);

  const int warpRow = warpIndex() * kWarpRows, group = laneIndex() / 4, column = laneIndex() % 4 * 2;
  const float scale = a.scale * kLog2E;
  float dq[2][kWidth / 8][4] = {};
  float lse[2][2], delta[2][2];  // lse to base 2
  uint32_t dMass[2][4];
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    int64_t massPlace[2];
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const int row = warpRow + i * 16 + r * 8 + group;
      const int64_t query = row < tileRows ? queryOf(row) : -1;
      lse[i][r] = query < 0 ? 0.0f : a.lse[head * a.tq + query] * kLog2E;
      delta[i][r] = query < 0 ? 0.0f : a.delta[head * a.tq + query];
      massPlace[r] = query < 0 ? -1 : query * a.dMassRow + head * a.dMassHead;
    }
    if (a.dMass != nullptr) loadMassGradient<Format>(dMass[i], a, massPlace[0], massPlace[1]);
  }

  for (int stage = 0; !steps.done(); stage ^= 1) {
    const KeyStep step = steps.step();
    waitForCopies();
    barrier();  // this stage is filled, and nobody reads the other one any more
    steps.advance();
    if (!steps.done()) begin(steps.step(), stage ^ 1);

    uint32_t visible[2][2];
    bool any = false;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = warpRow + i * 8 + group;
      visible[i / 2][i % 2] = row < tileRows ? visibleKeys(a.plan, step, row) : 0;
      any |= visible[i / 2][i % 2] != 0;
    }
    if (!anyLane(any)) continue;

    float scores[2][kStepKeys / 8][4] = {}, slopes[2][kStepKeys / 8][4] = {};  // S, and dOut . v
#pragma unroll
    for (int k = 0; k < kWidth; k += 16) {
      uint32_t q[2][4], g[2][4], b[4];
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        queries.loadA(q[i], warpRow + i * 16, k);
        gradients.loadA(g[i], warpRow + i * 16, k);
      }
#pragma unroll
      for (int n = 0; n < kStepKeys / 8; n += 2) {
        keysOf(stage).loadRowsAsB(b, n * 8, k);
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          Format::multiplyAdd(scores[i][n], q[i], b[0], b[1]);
          Format::multiplyAdd(scores[i][n + 1], q[i], b[2], b[3]);
        }
        valuesOf(stage).loadRowsAsB(b, n * 8, k);
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          Format::multiplyAdd(slopes[i][n], g[i], b[0], b[1]);
          Format::multiplyAdd(slopes[i][n + 1], g[i], b[2], b[3]);
        }
      }
    }
    if (a.dMass != nullptr) {
      const uint64_t* ofModality = a.plan.blocks[step.block].ofModality;
      const int shift = step.half * kStepKeys + group;
      const uint64_t low = ofModality[column] >> shift, high = ofModality[column + 1] >> shift;
#pragma unroll
      for (int n = 0; n < kStepKeys / 8; ++n) {
        const uint32_t b = packBits<Format>(low >> (n * 8), high >> (n * 8));
#pragma unroll
        for (int i = 0; i < 2; ++i) Format::multiplyAdd(slopes[i][n], dMass[i], b, b);
      }
    }

    uint32_t dScores[2][kStepKeys / 16][4];
#pragma unroll
    for (int i = 0; i < 2; ++i) {
#pragma unroll
      for (int n = 0; n < kStepKeys / 8; ++n) {
#pragma unroll
        for (int c = 0; c < 4; ++c) {
          const bool seen = (visible[i][c / 2] >> (n * 8 + column + c % 2) & 1) != 0;
          const float probability = exp2Fast(scores[i][n][c] * scale - lse[i][c / 2]);
          slopes[i][n][c] = seen ? probability * (slopes[i][n][c] - delta[i][c / 2]) : 0.0f;
        }
      }
#pragma unroll
      for (int n = 0; n < kStepKeys / 16; ++n) packA<Format>(dScores[i][n], slopes[i][2 * n], slopes[i][2 * n + 1]);
    }

#pragma unroll
    for (int k = 0; k < kStepKeys / 16; ++k) {
#pragma unroll
      for (int n = 0; n < kWidth / 8; n += 2) {
        uint32_t b[4];
        keysOf(stage).loadB(b, k * 16, n * 8);
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          Format::multiplyAdd(dq[i][n], dScores[i][k], b[0], b[1]);
          Format::multiplyAdd(dq[i][n + 1], dScores[i][k], b[2], b[3]);
        }
      }
    }
  }

#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = warpRow + i * 8 + group;
    if (row < tileRows) storePair<Format, kWidth>(a.dq, queryOf(row), head, a.width, dq[i / 2], i % 2, a.scale);
  }
}

}  // namespace earsight::attention::cuda
