// Rows between a problem's strided elements and the sums' type, rotated on the way.
#pragma once

#include <type_traits>

#include "../bfloat16.h"
#include "../float16.h"
#include "problem.h"

namespace earsight::attention {

template <typename Scalar>
using AccumulatorOf = std::conditional_t<std::is_same_v<Scalar, double>, double, float>;

// Calls body(Scalar()) with the C++ type of an element.
template <typename Body>
void withScalar(Element element, const Body& body) {
  switch (element) {
    case Element::kBFloat16: return body(BFloat16());
    case Element::kHalf: return body(Float16());
    case Element::kFloat: return body(float());
    case Element::kDouble: return body(double());
  }
}

template <typename Scalar>
const Scalar* rowAt(const ConstRows& rows, int64_t row, int64_t head) {
  return static_cast<const Scalar*>(rows.data) + row * rows.rowStride + head * rows.headStride;
}

template <typename Scalar>
Scalar* rowAt(const Rows& rows, int64_t row, int64_t head) {
  return static_cast<Scalar*>(rows.data) + row * rows.rowStride + head * rows.headStride;
}

// One row's angles; null without rotation.
template <typename Accumulator>
struct Angles {
  const Accumulator* cos;
  const Accumulator* sin;

  Angles(const void* cosTable, const void* sinTable, int64_t row, int64_t width)
      : cos(cosTable ? static_cast<const Accumulator*>(cosTable) + row * (width / 2) : nullptr),
        sin(sinTable ? static_cast<const Accumulator*>(sinTable) + row * (width / 2) : nullptr) {}
};

// to = rotated(from) * factor
template <typename Scalar, typename Accumulator>
void loadRow(Accumulator* to, const Scalar* from, int64_t width, const Angles<Accumulator>& angles,
             Accumulator factor = 1) {
  if (!angles.cos) {
    for (int64_t d = 0; d < width; ++d) to[d] = static_cast<Accumulator>(from[d]) * factor;
    return;
  }
  const int64_t half = width / 2;
  for (int64_t d = 0; d < half; ++d) {
    const auto x1 = static_cast<Accumulator>(from[d]), x2 = static_cast<Accumulator>(from[half + d]);
    to[d] = (x1 * angles.cos[d] - x2 * angles.sin[d]) * factor;
    to[half + d] = (x2 * angles.cos[d] + x1 * angles.sin[d]) * factor;
  }
}

// to = from, rotated by the opposite angle, * factor: the adjoint of loadRow.
template <typename Scalar, typename Accumulator>
void storeRow(Scalar* to, const Accumulator* from, int64_t width, const Angles<Accumulator>& angles,
              Accumulator factor = 1) {
  if (!angles.cos) {
    for (int64_t d = 0; d < width; ++d) to[d] = static_cast<Scalar>(from[d] * factor);
    return;
  }
  const int64_t half = width / 2;
  for (int64_t d = 0; d < half; ++d) {
    const Accumulator y1 = from[d] * factor, y2 = from[half + d] * factor;
    to[d] = static_cast<Scalar>(y1 * angles.cos[d] + y2 * angles.sin[d]);
    to[half + d] = static_cast<Scalar>(y2 * angles.cos[d] - y1 * angles.sin[d]);
  }
}

}  // namespace earsight::attention
