// What the portable engine computes with: dense panels in the sums' type, index lists of what is visible, and one product.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <numeric>
#include <vector>

namespace earsight::attention {

// Columns that one step of `accumulate` keeps in registers; rows of panels are padded with zeros to a multiple.
constexpr int64_t kStep = 16;

inline int64_t padded(int64_t width) { return (width + kStep - 1) / kStep * kStep; }

template <typename Accumulator>
class Panel {
 public:
  Panel(int64_t rows, int64_t width) : stride_(padded(width)), values_(rows * stride_) {}

  int64_t stride() const { return stride_; }
  Accumulator* row(int64_t index) { return values_.data() + index * stride_; }
  void clear(int64_t rows) { std::fill_n(values_.begin(), rows * stride_, Accumulator(0)); }

 private:
  int64_t stride_;
  std::vector<Accumulator> values_;
};

// Indices in rising order.
struct IndexList {
  const int* begin;
  int count;
};

inline IndexList firstIndices(int64_t count) {
  static const auto kAll = [] {
    std::array<int, 256> all{};
    std::iota(all.begin(), all.end(), 0);
    return all;
  }();
  return {kAll.data(), static_cast<int>(count)};
}

// out[0 .. stride) += sum over i in `list` of x[i] panel.row(i). Rows that are not listed are not read, so an infinity in
// one of them has no effect.
template <typename Accumulator>
void accumulate(Accumulator* __restrict out, const Accumulator* __restrict x, IndexList list, Panel<Accumulator>& panel) {
  const int64_t stride = panel.stride();
  for (int64_t column = 0; column < stride; column += kStep) {
    const Accumulator* matrix = panel.row(0) + column;
    Accumulator sums[kStep];
    std::copy_n(out + column, kStep, sums);
    for (int t = 0; t < list.count; ++t) {
      const int i = list.begin[t];
      for (int64_t c = 0; c < kStep; ++c) sums[c] += x[i] * matrix[i * stride + c];
    }
    std::copy_n(sums, kStep, out + column);
  }
}

// Which rows see which keys in one pair of a tile and a block.
class Visibility {
 public:
  explicit Visibility(int64_t tileRows) : tileRows_(tileRows), keys_(tileRows * 64), rows_(64 * tileRows) {
    keyCounts_.resize(tileRows);
  }

  // wordOf(row): bit j set where the row sees key j.
  template <typename WordOf>
  void read(int64_t rows, int64_t keys, bool full, const WordOf& wordOf) {
    full_ = full;
    allRows_ = firstIndices(rows);
    allKeys_ = firstIndices(keys);
    if (full) return;
    rowCounts_.fill(0);
    for (int64_t row = 0; row < rows; ++row) {
      keyCounts_[row] = 0;
      for (uint64_t word = wordOf(row); word != 0; word &= word - 1) {
        const int key = std::countr_zero(word);
        keys_[row * 64 + keyCounts_[row]++] = key;
        rows_[key * tileRows_ + rowCounts_[key]++] = static_cast<int>(row);
      }
    }
  }

  IndexList keysOf(int64_t row) const { return full_ ? allKeys_ : IndexList{&keys_[row * 64], keyCounts_[row]}; }
  IndexList rowsOf(int64_t key) const { return full_ ? allRows_ : IndexList{&rows_[key * tileRows_], rowCounts_[key]}; }

 private:
  int64_t tileRows_;
  bool full_ = true;
  IndexList allRows_{}, allKeys_{};
  std::vector<int> keys_, rows_, keyCounts_;
  std::array<int, 64> rowCounts_{};
};

}  // namespace earsight::attention
