#include "values.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "errors.h"

namespace earsight {

namespace {

constexpr double kLargestSafe = 9007199254740991.0;  // 2^53 - 1
constexpr size_t kBlock = 512;
constexpr size_t kCopyFrom = 2048;  // values from which a call of libtorch's copy pays

template <typename T>
constexpr bool isInteger = std::is_integral_v<T> && !std::is_same_v<T, bool>;

// Rounding to odd: the last bit records whether bits were cut off. So a second rounding, to a type at least two bits
// narrower, gives the same as one rounding of the value.
template <typename From>
float roundedToOdd(From value) {
  const auto nearest = static_cast<float>(value);
  using Wide = std::conditional_t<std::is_same_v<From, double>, double, __int128>;
  const auto back = static_cast<Wide>(nearest);
  const auto exact = static_cast<Wide>(value);
  const auto bits = std::bit_cast<uint32_t>(nearest);
  if (back == exact || value != value || (bits & 1) != 0) return nearest;
  const bool isBelow = (back < 0 ? -back : back) < (exact < 0 ? -exact : exact);
  return std::bit_cast<float>(isBelow ? bits + 1 : bits - 1);
}

// False when `To` is an integer type that refuses the value. Without branches, so that loops over it can be vectorised.
template <typename To, typename From>
bool convert(From value, To& result) {
  if constexpr (std::is_same_v<To, bool>) {
    result = value != 0;
  } else if constexpr (isInteger<To> && std::is_same_v<From, double>) {
    constexpr double low = std::max(static_cast<double>(std::numeric_limits<To>::min()), -kLargestSafe);
    constexpr double high = std::min(static_cast<double>(std::numeric_limits<To>::max()), kLargestSafe);
    const bool inRange = value >= low && value <= high;
    result = static_cast<To>(inRange ? value : 0);
    return inRange & (static_cast<double>(result) == value);
  } else if constexpr (isInteger<To>) {
    result = static_cast<To>(value);
    return std::in_range<To>(value);
  } else if constexpr (std::is_floating_point_v<To>) {
    result = static_cast<To>(value);
  } else if constexpr (c10::is_complex<To>::value) {
    std::decay_t<decltype(result.real())> real;
    convert(value, real);
    result = To(real, 0.0f);
  } else {
    result = static_cast<To>(roundedToOdd(value));
  }
  return true;
}

template <typename To, typename From>
std::optional<size_t> convertAll(const From* source, size_t count, To* target) {
  for (size_t start = 0; start < count; start += kBlock) {
    const size_t end = std::min(start + kBlock, count);
    bool accepted = true;
    for (size_t i = start; i < end; ++i) accepted &= convert(source[i], target[i]);
    for (size_t i = start; !accepted && i < end; ++i) {
      if (!convert(source[i], target[i])) return i;
    }
  }
  return std::nullopt;
}

// Calls `work` with the C++ type of a dtype, as std::type_identity.
template <typename Work>
auto withType(c10::ScalarType dtype, Work work) {
  using c10::ScalarType;
#define EARSIGHT_CASE(name, type) \
  case ScalarType::name: return work(std::type_identity<type>{})
  switch (dtype) {
    EARSIGHT_CASE(Byte, uint8_t);
    EARSIGHT_CASE(Char, int8_t);
    EARSIGHT_CASE(Short, int16_t);
    EARSIGHT_CASE(Int, int32_t);
    EARSIGHT_CASE(Long, int64_t);
    EARSIGHT_CASE(UInt16, uint16_t);
    EARSIGHT_CASE(UInt32, uint32_t);
    EARSIGHT_CASE(UInt64, uint64_t);
    EARSIGHT_CASE(Bool, bool);
    EARSIGHT_CASE(Half, c10::Half);
    EARSIGHT_CASE(BFloat16, c10::BFloat16);
    EARSIGHT_CASE(Float, float);
    EARSIGHT_CASE(Double, double);
    EARSIGHT_CASE(ComplexHalf, c10::complex<c10::Half>);
    EARSIGHT_CASE(ComplexFloat, c10::complex<float>);
    EARSIGHT_CASE(ComplexDouble, c10::complex<double>);
    EARSIGHT_CASE(Float8_e5m2, c10::Float8_e5m2);
    EARSIGHT_CASE(Float8_e4m3fn, c10::Float8_e4m3fn);
    EARSIGHT_CASE(Float8_e5m2fnuz, c10::Float8_e5m2fnuz);
    EARSIGHT_CASE(Float8_e4m3fnuz, c10::Float8_e4m3fnuz);
    EARSIGHT_CASE(Float8_e8m0fnu, c10::Float8_e8m0fnu);
    default: return work(std::type_identity<void>{});
  }
#undef EARSIGHT_CASE
}

// Reads `count` values of a type that double holds exactly.
void widen(const void* source, c10::ScalarType from, size_t start, size_t count, double* target) {
  withType(from, [&](auto type) {
    using From = typename decltype(type)::type;
    if constexpr (std::is_arithmetic_v<From>) std::copy_n(static_cast<const From*>(source) + start, count, target);
  });
}

template <typename To>
std::optional<size_t> convertFrom(const void* source, c10::ScalarType from, size_t count, To* target) {
  switch (from) {
    case c10::ScalarType::Double: return convertAll(static_cast<const double*>(source), count, target);
    case c10::ScalarType::Long: return convertAll(static_cast<const int64_t*>(source), count, target);
    case c10::ScalarType::UInt64: return convertAll(static_cast<const uint64_t*>(source), count, target);
    default: break;
  }
  std::array<double, kBlock> block;
  for (size_t start = 0; start < count; start += kBlock) {
    const size_t size = std::min(kBlock, count - start);
    widen(source, from, start, size, block.data());
    if (const auto refused = convertAll(block.data(), size, target + start)) return start + *refused;
  }
  return std::nullopt;
}

// Whether JavaScript has arrays of it.
bool isHeld(c10::ScalarType type) {
  return withType(type, [](auto identity) { return std::is_arithmetic_v<typename decltype(identity)::type>; });
}

bool isWide(c10::ScalarType type) {
  return type == c10::ScalarType::Double || type == c10::ScalarType::Long || type == c10::ScalarType::UInt64;
}

// Whether libtorch's own conversion rounds once and no value can be refused.
bool isPlainCopy(c10::ScalarType from, c10::ScalarType to) {
  if (!isHeld(from)) return false;
  if (to == c10::ScalarType::Bool) return c10::isIntegralType(from, false);
  if (to == c10::ScalarType::Double) return !isWide(from);
  if (to == c10::ScalarType::Float) return !isWide(from) || from == c10::ScalarType::Double;
  if (c10::isIntegralType(to, false)) {
    return c10::isIntegralType(from, false) && c10::isSignedType(to) && c10::elementSize(from) < c10::elementSize(to);
  }
  const bool fitsFloat = from == c10::ScalarType::Float || c10::elementSize(from) <= 2;
  return c10::isFloatingType(to) && fitsFloat;
}

// As JavaScript prints it: the fewest digits that give the number back.
std::string shortest(double value) {
  std::array<char, 32> text;
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(text.data(), text.size(), "%.*g", digits, value);
    if (std::strtod(text.data(), nullptr) == value) break;
  }
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == std::trunc(value) && std::fabs(value) < 1e21) std::snprintf(text.data(), text.size(), "%.0f", value);
  return text.data();
}

}  // namespace

std::optional<size_t> convertValues(const void* source, c10::ScalarType from, at::Tensor& target) {
  const c10::ScalarType to = target.scalar_type();
  const auto count = static_cast<size_t>(target.numel());
  if (from == to) {
    if (count > 0) std::memcpy(target.mutable_data_ptr(), source, target.nbytes());
    return std::nullopt;
  }
  if (count >= kCopyFrom && isPlainCopy(from, to)) {
    target.copy_(at::from_blob(const_cast<void*>(source), target.sizes(), at::TensorOptions(from)));
    return std::nullopt;
  }
  return withType(to, [&](auto type) -> std::optional<size_t> {
    using To = typename decltype(type)::type;
    if constexpr (!std::is_void_v<To>) {
      if (isHeld(from)) return convertFrom(source, from, count, static_cast<To*>(target.mutable_data_ptr()));
    }
    throw AddonError(ErrorCode::kType, std::string("no conversion from ") + c10::toString(from) + " to " + c10::toString(to));
  });
}

std::optional<c10::IValue> roundedScalar(const c10::IValue& value, c10::ScalarType dtype) {
  return withType(dtype, [&](auto type) -> std::optional<c10::IValue> {
    using To = typename decltype(type)::type;
    if constexpr (std::is_void_v<To> || std::is_same_v<To, bool>) {
      return value;
    } else {
      To result;
      const bool accepted = value.isInt()        ? convert(value.toInt(), result)
                            : value.isUnsigned() ? convert(value.toUInt(), result)
                                                 : convert(value.toDouble(), result);
      if (!accepted) return std::nullopt;
      if constexpr (std::is_same_v<To, uint64_t>) return c10::Scalar(result);
      if constexpr (isInteger<To>) return static_cast<int64_t>(result);
      if constexpr (c10::is_complex<To>::value) return static_cast<double>(result.real());
      else return static_cast<double>(result);
    }
  });
}

std::string describeRefusal(const c10::IValue& value, c10::ScalarType dtype) {
  static constexpr std::array names{std::pair{c10::ScalarType::Byte, "uint8 (0 to 255)"},
                                    std::pair{c10::ScalarType::Char, "int8 (-128 to 127)"},
                                    std::pair{c10::ScalarType::Short, "int16 (-32768 to 32767)"},
                                    std::pair{c10::ScalarType::Int, "int32 (-2^31 to 2^31 - 1)"},
                                    std::pair{c10::ScalarType::Long, "int64 (-2^63 to 2^63 - 1)"},
                                    std::pair{c10::ScalarType::UInt16, "uint16 (0 to 65535)"},
                                    std::pair{c10::ScalarType::UInt32, "uint32 (0 to 2^32 - 1)"},
                                    std::pair{c10::ScalarType::UInt64, "uint64 (0 to 2^64 - 1)"}};
  const auto found = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == dtype; });
  const std::string integers = found == names.end() ? "an integer" : found->second;
  const std::string text = value.isDouble()     ? shortest(value.toDouble())
                           : value.isUnsigned() ? std::to_string(value.toUInt())
                                                : std::to_string(value.toInt());
  if (value.isDouble()) {
    const double number = value.toDouble();
    if (std::isnan(number) || std::isinf(number) || number != std::trunc(number)) {
      return "expected an integer of " + integers + ", got " + text;
    }
    const bool is64Bits = dtype == c10::ScalarType::Long ? std::fabs(number) < 0x1p63 : number > 0 && number < 0x1p64;
    if (c10::elementSize(dtype) == 8 && is64Bits) {
      return text + " is beyond 2^53 - 1, where a number may stand for its neighbour; write the bigint " + text + "n";
    }
  }
  return text + " is out of the range of " + integers;
}

std::string describeRefusal(const void* source, c10::ScalarType from, size_t position, c10::ScalarType dtype) {
  if (from == c10::ScalarType::Long) return describeRefusal(static_cast<const int64_t*>(source)[position], dtype);
  if (from == c10::ScalarType::UInt64) {
    return describeRefusal(c10::Scalar(static_cast<const uint64_t*>(source)[position]), dtype);
  }
  double value = 0;
  widen(source, from, position, 1, &value);
  return describeRefusal(value, dtype);
}

}  // namespace earsight
