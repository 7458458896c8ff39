// bfloat16 for kernels: the upper half of a float32, rounded to nearest even.
#pragma once

#include <bit>
#include <cstdint>

namespace earsight {

struct BFloat16 {
  uint16_t bits;

  BFloat16() = default;
  explicit BFloat16(float value) {
    const auto word = std::bit_cast<uint32_t>(value);
    // A NaN whose payload is in the lower half would round to infinity.
    bits = value != value ? uint16_t{0x7fc0} : static_cast<uint16_t>((word + 0x7fff + (word >> 16 & 1)) >> 16);
  }
  explicit operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
};

}  // namespace earsight
