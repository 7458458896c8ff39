// Rows of 16-bit elements in shared memory, the copies into it, and the fragments that matrix products load from it.
#pragma once

#include "arguments.h"
#include "warp.h"

namespace earsight::attention::cuda {

using Element = uint16_t;

constexpr float kLog2E = 1.4426950408889634f;

// kWidth columns a row. The stride is 16 bytes more than the width, so that the eight rows of one matrix load start in
// different banks for every width that is a multiple of 16.
template <int kWidth>
struct Panel {
  static constexpr int kStride = kWidth + 8;
  static constexpr int bytes(int rows) { return rows * kStride * static_cast<int>(sizeof(Element)); }

  Element* data;

  EARSIGHT_DEVICE Element* at(int row, int column) const { return data + row * kStride + column; }

  // Begins to copy rows rowOf(0) .. rowOf(count - 1) of one head to the first of `rows` rows. Rows past them and columns
  // past `width` become zero. All threads of the block take part.
  template <typename RowOf>
  EARSIGHT_DEVICE void copy(const ConstRows& from, int head, int width, int rows, int count, RowOf rowOf) const {
    constexpr int kChunk = 8, kChunks = kWidth / kChunk;
    const auto* base = static_cast<const Element*>(from.data) + head * from.headStride;
#pragma unroll 4
    for (int i = threadIndex(); i < rows * kChunks; i += threadCount()) {
      const int row = i / kChunks, column = i % kChunks * kChunk;
      const bool valid = row < count && column < width;
      copyAsync<16>(at(row, column), valid ? base + rowOf(row) * from.rowStride + column : base, valid);
    }
  }

  // A [16 x 16] at (row, column).
  EARSIGHT_DEVICE void loadA(uint32_t (&a)[4], int row, int column) const {
    const int lane = laneIndex();
    loadMatrices(a, at(row + lane % 16, column + lane / 16 * 8));
  }

  // Two B [16 x 8] of the transpose: b[0], b[1] have rows row .. row + 7 as columns, b[2], b[3] the next eight.
  EARSIGHT_DEVICE void loadRowsAsB(uint32_t (&b)[4], int row, int column) const {
    const int lane = laneIndex();
    loadMatrices(b, at(row + lane % 8 + lane / 16 * 8, column + lane / 8 % 2 * 8));
  }

  // Two B [16 x 8]: b[0], b[1] at (row, column), b[2], b[3] at (row, column + 8).
  EARSIGHT_DEVICE void loadB(uint32_t (&b)[4], int row, int column) const {
    const int lane = laneIndex();
    loadMatricesTransposed(b, at(row + lane % 16, column + lane / 16 * 8));
  }
};

// A row tile [16 x 16] as A, from two neighbouring C [16 x 8].
template <typename Format>
EARSIGHT_DEVICE void packA(uint32_t (&a)[4], const float (&left)[4], const float (&right)[4]) {
  a[0] = Format::pack(left[0], left[1]);
  a[1] = Format::pack(left[2], left[3]);
  a[2] = Format::pack(right[0], right[1]);
  a[3] = Format::pack(right[2], right[3]);
}

// Two neighbouring C [16 x 8] += A [16 x 16] times the two B of one load.
template <typename Format>
EARSIGHT_DEVICE void multiplyAddTwo(float (&left)[4], float (&right)[4], const uint32_t (&a)[4],
                                    const uint32_t (&b)[4]) {
  Format::multiplyAdd(left, a, b[0], b[1]);
  Format::multiplyAdd(right, a, b[2], b[3]);
}

// Two elements, each 1 or 0 like the lowest bit of its word.
template <typename Format>
EARSIGHT_DEVICE uint32_t packBits(uint64_t low, uint64_t high) {
  return static_cast<uint32_t>(low & 1) * Format::kOne | static_cast<uint32_t>(high & 1) * (Format::kOne << 16);
}

// x as the sum of two elements: the second is the rounding error of the first.
template <typename Format>
EARSIGHT_DEVICE void packSplit(uint32_t& first, uint32_t& second, float low, float high) {
  first = Format::pack(low, high);
  second = Format::pack(low - Format::toFloat(first & 0xffff), high - Format::toFloat(first >> 16));
}

// Rows row0 and row0 + 8 of this lane's C fragments, scaled, to memory; `columns` is even.
template <typename Format, int kWidth>
EARSIGHT_DEVICE void storePair(const Rows& to, int64_t row, int head, int columns, const float (&c)[kWidth / 8][4],
                               int half, float factor) {
  auto* base = static_cast<Element*>(to.data) + row * to.rowStride + head * to.headStride;
  const int column = laneIndex() % 4 * 2;
#pragma unroll
  for (int n = 0; n < kWidth / 8; ++n) {
    if (n * 8 < columns) {
      *reinterpret_cast<uint32_t*>(base + n * 8 + column) =
          Format::pack(c[n][2 * half] * factor, c[n][2 * half + 1] * factor);
    }
  }
}

}  // namespace earsight::attention::cuda
