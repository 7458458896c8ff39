// Products of rows with packed weights: y = x W^T. A sum runs over the inputs in order, one multiply-add an input, whatever
// the number of rows, panels and threads: what a row gives depends on the row alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "packed_matrix.h"
#include "vectors.h"

namespace {

using earsight::decode::kPanel;
using earsight::decode::PackedMatrix;
using earsight::decode::Storage;

constexpr int kVecs = kPanel / Vectors::kLanes;

struct FloatWeights {
  static constexpr int64_t kStepBytes = kPanel * 4;
  template <int vec>
  static Vec load(const std::byte* step) {
    return Vectors::load(reinterpret_cast<const float*>(step) + vec * Vectors::kLanes);
  }
};

struct Bf16Weights {
  static constexpr int64_t kStepBytes = kPanel * 2;
  template <int vec>
  static Vec load(const std::byte* step) {
    constexpr int kHalf = kVecs / 2;
    const auto words = Vectors::loadWords(reinterpret_cast<const uint32_t*>(step) + vec % kHalf * Vectors::kLanes);
    return vec < kHalf ? Vectors::low(words) : Vectors::high(words);
  }
};

// body(i) for i = 0 .. count - 1, each a constant: sums with a run-time index would be on the stack.
template <int count>
constexpr void each(const auto& body) {
  [&]<int... i>(std::integer_sequence<int, i...>) {
    (body(std::integral_constant<int, i>{}), ...);
  }(std::make_integer_sequence<int, count>{});
}

// sums [kRows][kPanels * 32] of kRows rows, x[input * kRows + row], with kPanels panels `panelBytes` apart. They begin with
// what `sums` holds where `onto`, else with 0.
template <typename W, int kRows, int kPanels>
[[gnu::noinline]] void multiply(const float* x, const std::byte* panel, int64_t panelBytes, int64_t inputs, float* sums,
                                bool onto) {
  Vec sum[kRows][kPanels * kVecs];
  const auto at = [&](int row, int vec) { return sums + row * kPanels * kPanel + vec * Vectors::kLanes; };
  each<kRows>([&](auto row) {
    each<kPanels * kVecs>([&](auto vec) { sum[row][vec] = onto ? Vectors::load(at(row, vec)) : Vectors::zero(); });
  });
  for (int64_t input = 0; input < inputs; ++input) {
    each<kPanels>([&](auto p) {
      Vec weight[kVecs];
      each<kVecs>([&](auto vec) { weight[vec] = W::template load<vec>(panel + p * panelBytes + input * W::kStepBytes); });
      each<kRows>([&](auto row) {
        const Vec value = Vectors::set(x[input * kRows + row]);
        each<kVecs>([&](auto vec) {
          Vec& s = sum[row][p * kVecs + vec];
          s = Vectors::fma(value, weight[vec], s);
        });
      });
    });
  }
  each<kRows>([&](auto row) {
    each<kPanels * kVecs>([&](auto vec) { Vectors::store(at(row, vec), sum[row][vec]); });
  });
}

// body.template operator()<rows>() for rows from 1 to kMaxRows.
template <int kRows = Vectors::kMaxRows>
void withRows(int64_t rows, const auto& body) {
  if constexpr (kRows == 1) {
    body.template operator()<1>();
  } else if (rows == kRows) {
    body.template operator()<kRows>();
  } else {
    withRows<kRows - 1>(rows, body);
  }
}

void withStorage(Storage storage, const auto& body) {
  if (storage == Storage::kFloat) {
    body.template operator()<FloatWeights>();
  } else {
    body.template operator()<Bf16Weights>();
  }
}

// Rows [rows][stride] as tiles of kMaxRows (the last of fewer): tile t begins at t * kMaxRows * inputs and holds
// [inputs][its rows].
inline void packRows(const float* x, int64_t stride, int64_t rows, int64_t inputs, float* tiles) {
  for (int64_t first = 0; first < rows; first += Vectors::kMaxRows) {
    withRows(std::min<int64_t>(Vectors::kMaxRows, rows - first), [&]<int kRows>() {
      float* const tile = tiles + first * inputs;
      for (int row = 0; row < kRows; ++row) {
        const float* const from = x + (first + row) * stride;
        for (int64_t input = 0; input < inputs; ++input) tile[input * kRows + row] = from[input];
      }
    });
  }
}

// Panels [first, last) of the product of packed rows: write(row, panel, sums) gets the 32 sums of a row and a panel.
template <typename Write>
void productPanels(const PackedMatrix& weight, const float* tiles, int64_t rows, int64_t first, int64_t last,
                   const Write& write) {
  const int64_t bytes = weight.panelBytes();
  withStorage(weight.storage, [&]<typename W>() {
    for (int64_t row = 0; row < rows; row += Vectors::kMaxRows) {
      withRows(std::min<int64_t>(Vectors::kMaxRows, rows - row), [&]<int kRows>() {
        const auto block = [&]<int kPanels>(int64_t panel) {
          alignas(64) float sums[kRows * kPanels * kPanel];
          multiply<W, kRows, kPanels>(tiles + row * weight.inputs, weight.data + panel * bytes, bytes, weight.inputs,
                                      sums, false);
          for (int r = 0; r < kRows; ++r) {
            for (int p = 0; p < kPanels; ++p) write(row + r, panel + p, sums + (r * kPanels + p) * kPanel);
          }
        };
        constexpr int kPanels = Vectors::panels(kRows);
        int64_t panel = first;
        for (; panel + kPanels <= last; panel += kPanels) block.template operator()<kPanels>(panel);
        for (; panel < last; ++panel) block.template operator()<1>(panel);
      });
    }
  });
}

}  // namespace
