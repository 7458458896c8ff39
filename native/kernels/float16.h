// float16 (IEEE binary16) for portable kernels: stored in 16 bits, computed in float32. g++ 12 has no such type in C++.
#pragma once

#include <bit>
#include <cstdint>

namespace earsight {

struct Float16 {
  uint16_t bits;

  Float16() = default;

  // To nearest even. A value below 2^-14 becomes a multiple of 2^-24, which is the last place of a float in [0.5, 1).
  explicit Float16(float value) {
    const auto word = std::bit_cast<uint32_t>(value);
    const uint32_t sign = word >> 16 & 0x8000, magnitude = word & 0x7fffffff;
    uint32_t result;
    if (magnitude > 0x7f800000) {
      result = 0x7e00;  // NaN
    } else if (magnitude >= 0x47800000) {
      result = 0x7c00;  // 65536 and more
    } else if (magnitude < 0x38800000) {
      result = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000;  // below 2^-14
    } else {
      result = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
    }
    bits = static_cast<uint16_t>(sign | result);
  }

  explicit operator float() const {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, magnitude = bits & 0x7fff;
    const float value = magnitude >= 0x7c00 ? std::bit_cast<float>(0x7f800000 | magnitude << 13)
                        : magnitude < 0x400 ? static_cast<float>(magnitude) * 0x1p-24f
                                            : std::bit_cast<float>((magnitude << 13) + 0x38000000);
    return std::bit_cast<float>(std::bit_cast<uint32_t>(value) | sign);
  }
};

}  // namespace earsight
