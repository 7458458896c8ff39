// Weights of a linear layer, packed for products with few rows: panels of 32 outputs, each [inputs][32], so that a product
// reads them once and in order. Outputs beyond the last are zeros.
//
// bfloat16: a word of 32 bits holds outputs i (lower half) and i + 16 of its panel, so that either is widened by one
// instruction.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../bfloat16.h"

namespace earsight::decode {

constexpr int64_t kPanel = 32;

enum class Storage { kFloat, kBFloat16 };

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
  for (int64_t panel = first; panel < last; ++panel) {
    std::byte* const begin = to + panel * matrix.panelBytes();
    for (int64_t i = 0; i < kPanel; ++i) {
      const int64_t output = panel * kPanel + i;
      const auto* const row = output < matrix.outputs ? rowAt(output) : nullptr;
      const auto at = [&](int64_t k) { return row == nullptr ? 0.0f : static_cast<float>(row[k]); };
      if (matrix.storage == Storage::kFloat) {
        auto* out = reinterpret_cast<float*>(begin) + i;
        for (int64_t k = 0; k < matrix.inputs; ++k) out[k * kPanel] = at(k);
      } else {
        auto* out = reinterpret_cast<BFloat16*>(begin) + i % 16 * 2 + i / 16;
        for (int64_t k = 0; k < matrix.inputs; ++k) out[k * kPanel] = BFloat16(at(k));
      }
    }
  }
}

// The weights of one output, [inputs].
inline void unpackOutput(const PackedMatrix& matrix, int64_t output, float* to) {
  const std::byte* const begin = matrix.data + output / kPanel * matrix.panelBytes();
  const int64_t i = output % kPanel;
  for (int64_t k = 0; k < matrix.inputs; ++k) {
    to[k] = matrix.storage == Storage::kFloat ? reinterpret_cast<const float*>(begin)[k * kPanel + i]
                                              : static_cast<float>(reinterpret_cast<const BFloat16*>(begin)[k * kPanel + i % 16 * 2 + i / 16]);
  }
}

}  // namespace earsight::decode
