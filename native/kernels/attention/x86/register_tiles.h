// C = A B (or C += A B) by register tiles: A in words [rows][steps], B in words [steps][columns], C in floats.
//
// A tile keeps rows x vectors sums in registers. A step loads one row of B, broadcasts one word of A for each row and
// issues rows x vectors products. With the 32 registers of AVX-512, 6 x 4 leaves 4 for B and one for A, and needs 10 loads
// for 24 products: fewer than the two loads a cycle that accompany two products a cycle. A narrower B takes more rows, so
// that more sums are in flight than the 8 to 10 that hide the latency of a product. AVX2 has 16 registers: 6 x 2.
#pragma once

#include <cstdint>

namespace earsight::attention {
namespace {

template <typename Words>
struct RegisterTiles {
  using V = typename Words::V;
  using Vec = typename V::Vec;
  using Word = typename Words::Word;

  struct Session {};  // nothing to set up a thread for

  // Multiples of all tile heights. A strip of S stays in the first-level cache; the rows of a chunk share a pass over K
  // and V.
  static constexpr int64_t kStripRows = 24, kChunkRows = 48;
  static constexpr int64_t kStepGrain = 1;     // B may end after any step
  static constexpr bool kFetchesAhead = true;  // prefetches the next rows of A and C

  // columns: a multiple of 16, at most 64.
  static void multiply(const Word* a, int64_t lda, const Word* b, int64_t ldb, float* c, int64_t ldc, int64_t rows,
                       int64_t columns, int64_t steps, bool add) {
    if constexpr (V::kLanes == 16) {
      switch (columns / 16) {
        case 1: return strip<12, 1>(a, lda, b, ldb, c, ldc, rows, steps, add);
        case 2: return strip<12, 2>(a, lda, b, ldb, c, ldc, rows, steps, add);
        case 3: return strip<8, 3>(a, lda, b, ldb, c, ldc, rows, steps, add);
        default: return strip<6, 4>(a, lda, b, ldb, c, ldc, rows, steps, add);
      }
    } else {
      for (int64_t j = 0; j < columns; j += 16) strip<6, 2>(a, lda, b + j, ldb, c + j, ldc, rows, steps, add);
    }
  }

 private:
  static constexpr int64_t kLineWords = 16;  // of a cache line

  template <int kRows, int kVecs>
  static void strip(const Word* a, int64_t lda, const Word* b, int64_t ldb, float* c, int64_t ldc, int64_t rows,
                    int64_t steps, bool add) {
    int64_t i = 0;
    for (; i + kRows <= rows; i += kRows) tile<kRows, kVecs>(a + i * lda, lda, b, ldb, c + i * ldc, ldc, steps, add);
    rest<kRows - 1, kVecs>(a + i * lda, lda, b, ldb, c + i * ldc, ldc, rows - i, steps, add);
  }

  template <int kRows, int kVecs>
  static void rest(const Word* a, int64_t lda, const Word* b, int64_t ldb, float* c, int64_t ldc, int64_t rows,
                   int64_t steps, bool add) {
    if constexpr (kRows > 0) {
      if (rows == kRows) return tile<kRows, kVecs>(a, lda, b, ldb, c, ldc, steps, add);
      rest<kRows - 1, kVecs>(a, lda, b, ldb, c, ldc, rows, steps, add);
    }
  }

  // The loops over sums are unrolled fully: an array with a run-time index would be on the stack. Four steps at a time are
  // 4 % faster than one. C is added at the end, so that products do not wait for it.
  //
  // The rows of A and C of the next tile are prefetched a few at a time, with every cache line of steps. Many keys and
  // their gradients are in a distant cache; prefetching all of them at once would delay the loads of this tile.
  template <int kRows, int kVecs>
  __attribute__((noinline)) static void tile(const Word* a, int64_t lda, const Word* b, int64_t ldb, float* c,
                                             int64_t ldc, int64_t steps, bool add) {
    Vec sum[kRows][kVecs];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < kVecs; ++j) sum[i][j] = V::zero();
    }
    const float* next = c + kRows * ldc;
#pragma GCC unroll 4
    for (int64_t s = 0; s < steps; ++s) {
      if (s % kLineWords == 0) {
#pragma GCC unroll 16
        for (int i = 0; i < kRows; ++i) __builtin_prefetch(a + (kRows + i) * lda);
#pragma GCC unroll 4
        for (int j = 0; add && j < kVecs; ++j) __builtin_prefetch(next + j * V::kLanes);
        next += ldc;
      }
      typename Words::Register right[kVecs];
#pragma GCC unroll 4
      for (int j = 0; j < kVecs; ++j) right[j] = Words::load(b + j * V::kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const auto left = Words::broadcast(a + i * lda);
#pragma GCC unroll 4
        for (int j = 0; j < kVecs; ++j) sum[i][j] = Words::dot(sum[i][j], left, right[j]);
      }
      ++a;
      b += ldb;
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < kVecs; ++j) {
        float* target = c + i * ldc + j * V::kLanes;
        V::store(target, add ? V::add(V::load(target), sum[i][j]) : sum[i][j]);
      }
    }
  }
};

}  // namespace
}  // namespace earsight::attention
