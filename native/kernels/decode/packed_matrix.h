// Weights of a linear layer, packed for products with few rows: panels of 32 outputs, each [inputs][32], so that a product
// reads them once and in order. Outputs beyond the last are zeros.
//
// bfloat16: a word of 32 bits holds inputs 2k (lower half) and 2k + 1 of an output, so that either is widened by one
// instruction, and instructions that multiply pairs take it as it is. The words of an odd last input hold outputs i and
// i + 16.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../bfloat16.h"

namespace earsight::decode {

constexpr int64_t kPanel = 32;

enum class Storage { kFloat, kBFloat16 };

// Where input and output stand in a panel of `inputs`, in elements.
inline int64_t elementInPanel(Storage storage, int64_t inputs, int64_t input, int64_t output) {
  if (storage == Storage::kFloat) return input * kPanel + output;
  const bool isLast = inputs % 2 != 0 && input == inputs - 1;
  return isLast ? input * kPanel + output % 16 * 2 + output / 16 : input / 2 * 2 * kPanel + output * 2 + input % 2;
}

struct PackedMatrix {
  Storage storage;
  int64_t outputs, inputs;
  const std::byte* data;  // packedBytes(), aligned to 64

  int64_t panels() const { return (outputs + kPanel - 1) / kPanel; }
  int64_t panelBytes() const { return inputs * kPanel * (storage == Storage::kFloat ? 4 : 2); }
};

inline int64_t packedBytes(Storage storage, int64_t outputs, int64_t inputs) {
  const PackedMatrix matrix{storage, outputs, inputs, nullptr};
  return matrix.panels() * matrix.panelBytes();
}

// Packs panels [first, last). rowAt(output): its weights, [inputs], or null: zeros. As bfloat16 each is rounded to nearest
// even.
template <typename RowAt>
void packPanels(const PackedMatrix& matrix, std::byte* to, int64_t first, int64_t last, const RowAt& rowAt) {
  constexpr int64_t kInputsATime = 64;  // so that what is written stays in the first cache
  for (int64_t panel = first; panel < last; ++panel) {
    std::byte* const begin = to + panel * matrix.panelBytes();
    for (int64_t k = 0; k < matrix.inputs; k += kInputsATime) {
      const int64_t end = std::min(matrix.inputs, k + kInputsATime);
      for (int64_t i = 0; i < kPanel; ++i) {
        const int64_t output = panel * kPanel + i;
        const auto* const row = output < matrix.outputs ? rowAt(output) : nullptr;
        for (int64_t input = k; input < end; ++input) {
          const float value = row == nullptr ? 0.0f : static_cast<float>(row[input]);
          const int64_t at = elementInPanel(matrix.storage, matrix.inputs, input, i);
          if (matrix.storage == Storage::kFloat) {
            reinterpret_cast<float*>(begin)[at] = value;
          } else {
            reinterpret_cast<BFloat16*>(begin)[at] = BFloat16(value);
          }
        }
      }
    }
  }
}

// The weights of one output, [inputs].
inline void unpackOutput(const PackedMatrix& matrix, int64_t output, float* to) {
  const std::byte* const begin = matrix.data + output / kPanel * matrix.panelBytes();
  for (int64_t k = 0; k < matrix.inputs; ++k) {
    const int64_t at = elementInPanel(matrix.storage, matrix.inputs, k, output % kPanel);
    to[k] = matrix.storage == Storage::kFloat ? reinterpret_cast<const float*>(begin)[at]
                                              : static_cast<float>(reinterpret_cast<const BFloat16*>(begin)[at]);
  }
}

}  // namespace earsight::decode
