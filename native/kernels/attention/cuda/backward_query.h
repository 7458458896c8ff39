// Backward, first half: dq. One thread block for each tile and query head, as in forward. The probabilities are computed
// again from the scores and the stored log-sum-exp. A separate pass for dq costs two more products than adding to dq from
// the other half, but needs no atomic sums and so gives the same bits in every run.
#pragma once

#include "query_tile.h"

namespace earsight::attention::cuda {

template <int kWidth>
constexpr int backwardQuerySharedBytes(int tileRows) {
  return Panel<kWidth>::bytes(2 * warpRowsOf(tileRows) + KeyStages<kWidth>::kRows);
}

// dMass of rows g and g + 8 as A [16 x 16]: columns 0..7 the modalities, 8..15 their rounding errors.
template <typename Format>
EARSIGHT_DEVICE void loadMassGradient(uint32_t (&m)[4], const BackwardArguments& a, int64_t offset0, int64_t offset1) {
  const int column = laneIndex() % 4 * 2;
  m[0] = m[1] = m[2] = m[3] = 0;
  if (offset0 >= 0) packSplit<Format>(m[0], m[2], a.dMass[offset0 + column], a.dMass[offset0 + column + 1]);
  if (offset1 >= 0) packSplit<Format>(m[1], m[3], a.dMass[offset1 + column], a.dMass[offset1 + column + 1]);
}

template <typename Format, int kWidth>
EARSIGHT_KERNEL(kMostQueryThreads) backwardQueryKernel(const BackwardArguments a) {
  const QueryTile tile(a);
  const Panel<kWidth> queries{reinterpret_cast<Element*>(sharedMemory())};
  const Panel<kWidth> gradients{queries.at(tile.panelRows, 0)};
  const KeyStages<kWidth> stages{gradients.at(tile.panelRows, 0)};

  tile.copy(queries, a.q, a.width);
  tile.copy(gradients, a.dOut, a.valueWidth);
  KeySteps steps(a.plan, tile.tile);
  stages.begin(a, tile.keyHead, steps.step(), 0);

  const int warpRow = warpIndex() * kWarpRows, group = laneIndex() / 4, column = laneIndex() % 4 * 2;
  const float scale = a.scale * kLog2E;
  float dq[2][kWidth / 8][4] = {};
  float lse[2][2], delta[2][2];  // lse to base 2
  uint32_t dMass[2][4];
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    int64_t massOffset[2];
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const int row = warpRow + i * 16 + r * 8 + group;
      const int64_t query = row < tile.rows ? tile.queryOf(row) : -1;
      lse[i][r] = query < 0 ? 0.0f : a.lse[tile.head * a.tq + query] * kLog2E;
      delta[i][r] = query < 0 ? 0.0f : a.delta[tile.head * a.tq + query];
      massOffset[r] = query < 0 ? -1 : query * a.dMassRow + tile.head * a.dMassHead;
    }
    if (a.dMass != nullptr) loadMassGradient<Format>(dMass[i], a, massOffset[0], massOffset[1]);
  }

  for (int stage = 0; !steps.done(); stage ^= 1) {
    const KeyStep step = steps.step();
    waitForCopies();
    barrier();  // this stage is filled, and no thread reads the other one any more
    steps.advance();
    if (!steps.done()) stages.begin(a, tile.keyHead, steps.step(), stage ^ 1);
    const Panel<kWidth> keys = stages.keys(stage), values = stages.values(stage);
    const VisibleKeys visible(tile, step, warpRow);
    if (visible.none()) continue;

    float scores[2][kStepKeys / 8][4] = {}, dScores[2][kStepKeys / 8][4] = {};  // S; dOut . v, then dS
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
        keys.loadRowsAsB(b, n * 8, k);
#pragma unroll
        for (int i = 0; i < 2; ++i) multiplyAddTwo<Format>(scores[i][n], scores[i][n + 1], q[i], b);
        values.loadRowsAsB(b, n * 8, k);
#pragma unroll
        for (int i = 0; i < 2; ++i) multiplyAddTwo<Format>(dScores[i][n], dScores[i][n + 1], g[i], b);
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
        for (int i = 0; i < 2; ++i) Format::multiplyAdd(dScores[i][n], dMass[i], b, b);
      }
    }

    uint32_t packedGradients[2][kStepKeys / 16][4];
#pragma unroll
    for (int i = 0; i < 2; ++i) {
#pragma unroll
      for (int n = 0; n < kStepKeys / 8; ++n) {
#pragma unroll
        for (int c = 0; c < 4; ++c) {
          const float probability = exp2Fast(scores[i][n][c] * scale - lse[i][c / 2]);
          dScores[i][n][c] = visible.seen(i, n, c) ? probability * (dScores[i][n][c] - delta[i][c / 2]) : 0.0f;
        }
      }
#pragma unroll
      for (int n = 0; n < kStepKeys / 16; ++n) packA<Format>(packedGradients[i][n], dScores[i][2 * n], dScores[i][2 * n + 1]);
    }

#pragma unroll
    for (int k = 0; k < kStepKeys / 16; ++k) {
#pragma unroll
      for (int n = 0; n < kWidth / 8; n += 2) {
        uint32_t b[4];
        keys.loadB(b, k * 16, n * 8);
#pragma unroll
        for (int i = 0; i < 2; ++i) multiplyAddTwo<Format>(dq[i][n], dq[i][n + 1], packedGradients[i][k], b);
      }
    }
  }

#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = warpRow + i * 8 + group;
    if (row >= tile.rows) continue;
    storePair<Format, kWidth>(a.dq, tile.queryOf(row), tile.head, a.width, dq[i / 2], i % 2, a.scale);
  }
}

}  // namespace earsight::attention::cuda
