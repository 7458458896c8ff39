// Matrix products C (+)= A B by a block of registers: kRows rows of A, broadcast item by item, times kVecs vectors of B. An
// item holds the elements of one multiply-add along the contraction: kDepth of them (a bfloat16 pair, or one float). B is
// in panels [step][kPanel] of items, read in order; A has any strides.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

namespace {

// Columns of a panel of B: those of a register block.
template <typename K>
constexpr int64_t kPanel = K::kLanes * K::kVecs;

// How many steps ahead B is prefetched from L2.
constexpr int64_t kAhead = 8;

// Whether K multiplies by tiles: tile_products.h.
template <typename K>
constexpr bool kTiled = requires { typename K::Tiles; };

// The number of steps is a multiple of this; missing elements of the last steps are zero in both operands.
template <typename K>
constexpr int64_t kStepGrain = kTiled<K> ? 16 : 1;

template <typename K>
struct Left {
  const typename K::Item* data;
  int64_t rowStride, stepStride;  // in items

  Left from(int64_t row) const { return {data + row * rowStride, rowStride, stepStride}; }
};

// What the sums of a product are added to. They are summed separately first: one long sum would lose its small terms.
enum class Onto { kNothing, kResult, kScaledResult };

template <typename K>
struct Result {
  typename K::Accumulator* data;
  int64_t stride;
  Onto onto;
  const typename K::Accumulator* scale;  // kScaledResult: a factor on each row of the old values

  Result from(int64_t row) const { return {data + row * stride, stride, onto, scale == nullptr ? scale : scale + row}; }
};

// Unrolled by index sequences: sums with a run-time index would be on the stack.
template <typename K, int kRowCount, int kVecCount>
[[gnu::noinline]] void multiplyBlock(Left<K> a, const typename K::Item* b, int64_t steps, Result<K> c) {
  using Vec = typename K::Vec;
  Vec sums[kRowCount][kVecCount];
  const auto each = [&](const auto& body) {
    [&]<size_t... i>(std::index_sequence<i...>) {
      (body(std::integral_constant<size_t, i / kVecCount>{}, std::integral_constant<size_t, i % kVecCount>{}), ...);
    }(std::make_index_sequence<kRowCount * kVecCount>{});
  };
  const auto at = [&](size_t row, size_t vec) { return c.data + row * c.stride + vec * K::kLanes; };
  each([&](auto row, auto vec) { sums[row][vec] = K::zero(); });
  if (c.onto != Onto::kNothing) each([&](auto row, auto vec) { __builtin_prefetch(at(row, vec), 1); });
  // Prefetches the next rows of A from memory, a cache line at a time.
  constexpr int64_t kLineSteps = 64 / sizeof(typename K::Item);
  for (int64_t step = 0; step < steps; ++step) {
    if (a.stepStride == 1 && step % kLineSteps == 0) {
      for (int64_t row = 0; row < kRowCount; ++row) __builtin_prefetch(a.data + (kRowCount + row) * a.rowStride);
    }
    for (int64_t vec = 0; vec < kVecCount; ++vec) __builtin_prefetch(b + kAhead * kPanel<K> + vec * K::kLanes);
    Vec right[kVecCount];
    [&]<size_t... vec>(std::index_sequence<vec...>) {
      ((right[vec] = K::loadItems(b + vec * K::kLanes)), ...);
    }(std::make_index_sequence<kVecCount>{});
    [&]<size_t... row>(std::index_sequence<row...>) {
      const auto multiplyRow = [&](auto r, Vec left) {
        [&]<size_t... vec>(std::index_sequence<vec...>) {
          ((sums[r][vec] = K::dot(sums[r][vec], left, right[vec])), ...);
        }(std::make_index_sequence<kVecCount>{});
      };
      (multiplyRow(std::integral_constant<size_t, row>{}, K::broadcast(a.data + row * a.rowStride)), ...);
    }(std::make_index_sequence<kRowCount>{});
    a.data += a.stepStride;
    b += kPanel<K>;
  }
  if (c.onto == Onto::kResult) {
    each([&](auto row, auto vec) { sums[row][vec] = K::add(K::load(at(row, vec)), sums[row][vec]); });
  } else if (c.onto == Onto::kScaledResult) {
    each([&](auto row, auto vec) {
      sums[row][vec] = K::fma(K::load(at(row, vec)), K::set(c.scale[row]), sums[row][vec]);
    });
  }
  each([&](auto row, auto vec) { K::store(at(row, vec), sums[row][vec]); });
}

template <typename K>
using MultiplyBlock = void (*)(Left<K>, const typename K::Item*, int64_t, Result<K>);

template <typename K>
constexpr auto kMultiplyBlocks = []<size_t... i>(std::index_sequence<i...>) {
  return std::array<MultiplyBlock<K>, sizeof...(i)>{multiplyBlock<K, i / K::kVecs + 1, i % K::kVecs + 1>...};
}(std::make_index_sequence<static_cast<size_t>(K::kRows) * K::kVecs>{});

// One panel of B with `vecs` used vectors.
template <typename K>
  requires(!kTiled<K>)
void multiply(Left<K> a, int64_t rows, const typename K::Item* b, int64_t vecs, int64_t steps, Result<K> c) {
  for (int64_t row = 0; row < rows; row += K::kRows) {
    const int64_t count = rows - row < K::kRows ? rows - row : K::kRows;
    kMultiplyBlocks<K>[(count - 1) * K::kVecs + vecs - 1](a.from(row), b, steps, c.from(row));
  }
}

}  // namespace
