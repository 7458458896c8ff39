// multiply() of products.h for a K with 16 x 16 tiles: AMX or its emulation. A is in rows of steps.
#pragma once

#include <algorithm>
#include <cstdint>

#include "../tiles/tile_product.h"
#include "packing.h"

namespace {

// Lives while a thread multiplies.
template <typename K>
struct Session {};

template <typename K>
  requires kTiled<K>
struct Session<K> : K::Tiles::Session {};

// Adds separately computed sums of a few rows to a result.
template <typename K>
void addRows(const float* sums, int64_t rows, int64_t columns, const Result<K>& c) {
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; j += K::kLanes) {
      float* at = c.data + i * c.stride + j;
      const auto sum = K::load(sums + i * kPanel<K> + j);
      K::store(at, c.onto == Onto::kResult ? K::add(K::load(at), sum) : K::fma(K::load(at), K::set(c.scale[i]), sum));
    }
  }
}

template <typename K>
  requires kTiled<K>
void multiply(Left<K> a, int64_t rows, const typename K::Item* b, int64_t vecs, int64_t steps, Result<K> c) {
  using Product = earsight::TileProduct<typename K::Tiles>;
  constexpr int64_t kRows = 32;
  const int64_t columns = vecs * K::kLanes;
  for (int64_t row = 0; row < rows; row += kRows) {
    const int64_t count = std::min(kRows, rows - row);
    const Left<K> left = a.from(row);
    const Result<K> result = c.from(row);
    if (c.onto == Onto::kNothing) {
      Product::multiply(left.data, left.rowStride, b, kPanel<K>, result.data, c.stride, count, columns, steps, false);
      continue;
    }
    float sums[kRows * kPanel<K>];
    Product::multiply(left.data, left.rowStride, b, kPanel<K>, sums, kPanel<K>, count, columns, steps, false);
    addRows<K>(sums, count, columns, result);
  }
}

// A tile as steps `first` .. of the left operand of a product over `steps` steps of tokens: items [kPanel][steps].
template <typename K>
  requires kTiled<K>
void itemsDown(const float* tile, int64_t tokens, int64_t vecs, typename K::Item* items, int64_t first,
               int64_t steps) {
  const int64_t rows = vecs * K::kLanes, mine = stepsOf<K>(tokens);
  typename K::Item across[kPanel<K>];
  for (int64_t step = 0; step < mine; ++step) {
    for (int64_t j = 0; j < rows; j += K::kLanes) {
      typename K::Vec pair[K::kDepth];
      for (int64_t i = 0; i < K::kDepth; ++i) {
        const int64_t v = step * K::kDepth + i;
        pair[i] = v < tokens ? K::load(tile + v * kPanel<K> + j) : K::zero();
      }
      K::storeDown(across + j, pair);
    }
    for (int64_t i = 0; i < rows; ++i) items[i * steps + first + step] = across[i];
  }
}

template <typename K>
  requires kTiled<K>
Left<K> leftDown(const typename K::Item* items, int64_t steps) {
  return {items, steps, 1};
}

}  // namespace
