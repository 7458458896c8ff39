// What products multiply: weights as their storage holds them, and the inputs of rows as those weights take them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "packed_matrix.h"
#include "vectors.h"

namespace {

using earsight::decode::kPanel;
using earsight::decode::Storage;

constexpr int kVecs = kPanel / Vectors::kLanes;

// A step reads kPanel outputs of kItems items of each row. An item is what one multiply-add takes: kInputs inputs. Where the
// inputs are no whole number of steps, the last one has weights of its own.
struct FloatWeights {
  using Item = float;
  using Weight = Vec;
  static constexpr int kItems = 1, kInputs = 1;
  static constexpr int64_t kStepBytes = kPanel * 4;

  template <int item, int vec>
  static Vec load(const std::byte* step) {
    return Vectors::load(reinterpret_cast<const float*>(step) + vec * Vectors::kLanes);
  }
  static Vec set(Item x) { return Vectors::set(x); }
  static Vec add(Vec sum, Vec value, Vec weight) { return Vectors::fma(value, weight, sum); }
  static void put(Item* to, int64_t stride, const float* x, int64_t count) {
    for (int64_t i = 0; i < count; ++i) to[i * stride] = x[i];
  }
};

// Vector `vec` of words at p.
template <int vec>
Vectors::Words wordsAt(const std::byte* p) {
  return Vectors::loadWords(reinterpret_cast<const uint32_t*>(p) + vec * Vectors::kLanes);
}

// Both inputs of a word, one after the other, in float32.
struct Bf16Weights : FloatWeights {
  static constexpr int kItems = 2;

  template <int item, int vec>
  static Vec load(const std::byte* step) {
    return item == 0 ? Vectors::low(wordsAt<vec>(step)) : Vectors::high(wordsAt<vec>(step));
  }
  template <int vec>
  static Vec loadLast(const std::byte* step) {
    const auto words = wordsAt<vec % (kVecs / 2)>(step);
    return vec < kVecs / 2 ? Vectors::low(words) : Vectors::high(words);
  }
};

#if defined(__AVX512BF16__)
// Both inputs of a word at once: inputs are rounded to bfloat16, sums are float32.
struct Bf16Pairs {
  using Item = uint32_t;
  using Weight = Vectors::Words;
  static constexpr int kItems = 1, kInputs = 2;
  static constexpr int64_t kStepBytes = kPanel * 4;

  template <int item, int vec>
  static Weight load(const std::byte* step) {
    return wordsAt<vec>(step);
  }
  // In pairs with 0.
  template <int vec>
  static Weight loadLast(const std::byte* step) {
    return vec == 0 ? Vectors::lowWords(wordsAt<0>(step)) : Vectors::highWords(wordsAt<0>(step));
  }
  static Weight set(Item x) { return Vectors::setWords(x); }
  static Vec add(Vec sum, Weight value, Weight weight) { return Vectors::addPairs(sum, value, weight); }
  static void put(Item* to, int64_t stride, const float* x, int64_t count) {
    alignas(64) Item words[kPanel / 2];
    for (int64_t i = 0; i < count; i += kPanel, x += kPanel) {
      const int64_t some = std::min(kPanel, count - i);
      Vectors::toPairs(x, some, words);
      for (int64_t k = 0; k < (some + 1) / 2; ++k) to[(i / 2 + k) * stride] = words[k];
    }
  }
};
using Bf16Products = Bf16Pairs;
#else
using Bf16Products = Bf16Weights;
#endif

template <typename W>
constexpr int kStepInputs = W::kItems * W::kInputs;

// body.template operator()<W>() for products with inputs in float32, whatever the instruction set: keys and values.
void withStorage(Storage storage, const auto& body) {
  if (storage == Storage::kFloat) {
    body.template operator()<FloatWeights>();
  } else {
    body.template operator()<Bf16Weights>();
  }
}

// The same for products with a model's weights.
void withWeights(Storage storage, const auto& body) {
  if (storage == Storage::kFloat) {
    body.template operator()<FloatWeights>();
  } else {
    body.template operator()<Bf16Products>();
  }
}

// The inputs of rows, in tiles of kMaxRows rows (the last of fewer): [items of a row][rows of the tile].
template <typename W>
struct InputTiles {
  using Item = typename W::Item;
  Item* data;  // size(rows, inputs)
  int64_t rows, inputs;

  static int64_t items(int64_t inputs) { return (inputs + W::kInputs - 1) / W::kInputs; }
  static int64_t size(int64_t rows, int64_t inputs) { return rows * items(inputs); }

  int64_t rowsOfTile(int64_t first) const { return std::min<int64_t>(Vectors::kMaxRows, rows - first); }
  const Item* tile(int64_t first) const { return data + first * items(inputs); }

  // Inputs [first, first + count) of a row. first is even, and so is count unless the row ends there.
  void put(int64_t row, int64_t first, const float* x, int64_t count) const {
    const int64_t begin = row - row % Vectors::kMaxRows, stride = rowsOfTile(begin);
    W::put(data + begin * items(inputs) + first / W::kInputs * stride + row - begin, stride, x, count);
  }
};

}  // namespace
