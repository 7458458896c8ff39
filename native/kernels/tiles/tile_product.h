// C = A B (or C += A B), A in words [rows][steps], B in words [steps][columns], C in floats, by 16 x 16 tiles of AMX or of
// its emulation. 2 x 2 tiles of C, so that four tile loads serve four products. B has a multiple of 16 steps. A may be read
// up to a multiple of 16 rows; the sums of the rows past the end are dropped.
#pragma once

#include <cstdint>
#include <cstring>

namespace earsight {
namespace {

template <typename Tiles>
struct TileProduct {
  using Word = uint32_t;
  using Session = typename Tiles::Session;

  static constexpr int64_t kStripRows = 32, kChunkRows = 64;
  static constexpr int64_t kStepGrain = 16;
  static constexpr bool kFetchesAhead = false;

  // columns: a multiple of 16; steps: of 16.
  static void multiply(const Word* a, int64_t lda, const Word* b, int64_t ldb, float* c, int64_t ldc, int64_t rows,
                       int64_t columns, int64_t steps, bool add) {
    for (int64_t i = 0; i < rows; i += 32) {
      for (int64_t j = 0; j < columns; j += 32) {
        const Word* left = a + i * lda;
        const Word* right = b + j;
        float* sums = c + i * ldc + j;
        const bool tall = rows - i > 16, wide = columns - j > 16;
        if (tall && wide) block<2, 2>(left, lda, right, ldb, sums, ldc, rows - i, steps, add);
        if (tall && !wide) block<2, 1>(left, lda, right, ldb, sums, ldc, rows - i, steps, add);
        if (!tall && wide) block<1, 2>(left, lda, right, ldb, sums, ldc, rows - i, steps, add);
        if (!tall && !wide) block<1, 1>(left, lda, right, ldb, sums, ldc, rows - i, steps, add);
      }
    }
  }

 private:
  // Tiles 0 to 3: C by rows. 4, 5: A. 6, 7: B.
  template <int kRows, int kColumns>
  static void block(const Word* a, int64_t lda, const Word* b, int64_t ldb, float* c, int64_t ldc, int64_t rows,
                    int64_t steps, bool add) {
    constexpr int64_t kLast = (kRows - 1) * 16;
    const int64_t left = rows - kLast < 16 ? rows - kLast : 16;  // rows of the last tile row
    begin<0>(c, ldc, kRows == 1 ? left : 16, add);
    if constexpr (kColumns == 2) begin<1>(c + 16, ldc, kRows == 1 ? left : 16, add);
    if constexpr (kRows == 2) begin<2>(c + 16 * ldc, ldc, left, add);
    if constexpr (kRows == 2 && kColumns == 2) begin<3>(c + 16 * ldc + 16, ldc, left, add);
    const int64_t strideA = lda * sizeof(Word), strideB = ldb * sizeof(Word);
    for (int64_t s = 0; s < steps; s += 16) {
      Tiles::template load<4>(a + s, strideA);
      Tiles::template load<6>(b + s * ldb, strideB);
      Tiles::template dot<0, 4, 6>();
      if constexpr (kColumns == 2) {
        Tiles::template load<7>(b + s * ldb + 16, strideB);
        Tiles::template dot<1, 4, 7>();
      }
      if constexpr (kRows == 2) {
        Tiles::template load<5>(a + 16 * lda + s, strideA);
        Tiles::template dot<2, 5, 6>();
        if constexpr (kColumns == 2) Tiles::template dot<3, 5, 7>();
      }
    }
    end<0>(c, ldc, kRows == 1 ? left : 16);
    if constexpr (kColumns == 2) end<1>(c + 16, ldc, kRows == 1 ? left : 16);
    if constexpr (kRows == 2) end<2>(c + 16 * ldc, ldc, left);
    if constexpr (kRows == 2 && kColumns == 2) end<3>(c + 16 * ldc + 16, ldc, left);
  }

  // A tile of C with fewer than 16 rows goes through a buffer.
  template <int kTile>
  static void begin(const float* c, int64_t ldc, int64_t rows, bool add) {
    if (!add) return Tiles::template zero<kTile>();
    if (rows == 16) return Tiles::template load<kTile>(c, ldc * sizeof(float));
    float buffer[256] = {};
    for (int64_t i = 0; i < rows; ++i) std::memcpy(buffer + 16 * i, c + i * ldc, 64);
    Tiles::template load<kTile>(buffer, 64);
  }
  template <int kTile>
  static void end(float* c, int64_t ldc, int64_t rows) {
    if (rows == 16) return Tiles::template store<kTile>(c, ldc * sizeof(float));
    float buffer[256];
    Tiles::template store<kTile>(buffer, 64);
    for (int64_t i = 0; i < rows; ++i) std::memcpy(c + i * ldc, buffer + 16 * i, 64);
  }
};

}  // namespace
}  // namespace earsight
