// Products of rows with packed weights: y = x W^T. A sum runs over the inputs in order, whatever the number of rows, panels
// and threads: what a row gives depends on the row alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "inputs.h"
#include "packed_matrix.h"

namespace {

using earsight::decode::kPanel;
using earsight::decode::PackedMatrix;
using earsight::decode::Storage;

// body(i) for i = 0 .. count - 1, each a constant: sums with a run-time index would be on the stack.
template <int count>
constexpr void each(const auto& body) {
  [&]<int... i>(std::integer_sequence<int, i...>) {
    (body(std::integral_constant<int, i>{}), ...);
  }(std::make_integer_sequence<int, count>{});
}

// What a product of one panel fetches while it runs, in bytes from the panel and a step.
struct Ahead {
  int64_t distance, stride;
};

// Sums of kRows rows, tile[item * kRows + row], with kPanels panels `panelBytes` apart: row r has its sums at
// sums + r * stride. They begin with what is there where `onto`, else with 0.
// One panel at a time fetches `ahead`, as the processor's own fetching ends with each page of 4 KiB; several have enough under way.
template <typename W, int kRows, int kPanels>
[[gnu::noinline]] void multiply(const typename W::Item* tile, const std::byte* panel, int64_t panelBytes, int64_t inputs,
                                float* sums, int64_t stride, bool onto, Ahead ahead = {}) {
  Vec sum[kRows][kPanels * kVecs];
  const auto at = [&](int row, int vec) { return sums + row * stride + vec * Vectors::kLanes; };
  each<kRows>([&](auto row) {
    each<kPanels * kVecs>([&](auto vec) { sum[row][vec] = onto ? Vectors::load(at(row, vec)) : Vectors::zero(); });
  });
  const auto accumulate = [&](auto p, const typename W::Item* items, const auto& load) {
    typename W::Weight weight[kVecs];
    each<kVecs>([&](auto vec) { weight[vec] = load(vec); });
    each<kRows>([&](auto row) {
      const auto value = W::set(items[row]);
      each<kVecs>([&](auto vec) {
        Vec& s = sum[row][p * kVecs + vec];
        s = W::add(s, value, weight[vec]);
      });
    });
  };
  const int64_t steps = inputs / kStepInputs<W>;
  const std::byte* fetched = panel + ahead.distance;
  for (int64_t step = 0; step < steps; ++step, panel += W::kStepBytes) {
    each<kPanels>([&](auto p) {
      if constexpr (kPanels == 1) {
        for (int64_t at = 0; at < W::kStepBytes; at += 64) __builtin_prefetch(fetched + at, 0, 2);
        fetched += ahead.stride;
      }
      each<W::kItems>([&](auto item) {
        accumulate(p, tile + item * kRows, [&](auto vec) { return W::template load<item, vec>(panel + p * panelBytes); });
      });
    });
    tile += W::kItems * kRows;
  }
  if constexpr (kStepInputs<W> == 2) {
    if (inputs % 2 != 0) {
      each<kPanels>([&](auto p) {
        accumulate(p, tile, [&](auto vec) { return W::template loadLast<vec>(panel + p * panelBytes); });
      });
    }
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

// Panels of a product. `next`: where the worker is likely to go on
struct PanelRange {
  int64_t first, last, next;
};

// The panels of the product: write(row, panel, sums) gets the 32 sums of a row and a panel.
template <typename W, typename Write>
void productPanels(const PackedMatrix& weight, const InputTiles<W>& x, const PanelRange& range, const Write& write) {
  constexpr int64_t kNear = 4096;
  const int64_t bytes = weight.panelBytes(), tiles = (x.rows + Vectors::kMaxRows - 1) / Vectors::kMaxRows;
  for (int64_t tile = 0; tile < tiles; ++tile) {
    const int64_t row = tile * Vectors::kMaxRows;
    // Several tiles read the same panels: meanwhile each fetches its part of those that come next.
    const Ahead ahead = tiles == 1 ? Ahead{kNear, W::kStepBytes}
                                   : Ahead{(range.next - range.first) * bytes + tile * bytes / tiles, W::kStepBytes / tiles};
    withRows(x.rowsOfTile(row), [&]<int kRows>() {
      const auto block = [&]<int kPanels>(int64_t panel) {
        alignas(64) float sums[kRows * kPanels * kPanel];
        multiply<W, kRows, kPanels>(x.tile(row), weight.data + panel * bytes, bytes, weight.inputs, sums, kPanels * kPanel,
                                    false, ahead);
        for (int r = 0; r < kRows; ++r) {
          for (int p = 0; p < kPanels; ++p) write(row + r, panel + p, sums + (r * kPanels + p) * kPanel);
        }
      };
      constexpr int kPanels = Vectors::panels(kRows);
      int64_t panel = range.first;
      for (; panel + kPanels <= range.last; panel += kPanels) block.template operator()<kPanels>(panel);
      for (; panel < range.last; ++panel) block.template operator()<1>(panel);
    });
  }
}

}  // namespace
