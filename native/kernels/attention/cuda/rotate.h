// Rotary position embedding as a separate pass, before forward (q and k) and after backward (dq and dk, by the opposite
// angle): half-split convention, in float, rounded once.
#pragma once

#include "arguments.h"
#include "panel.h"

namespace earsight::attention::cuda {

constexpr int kRotateThreads = 256;

// One thread for each element of the first half.
template <typename Format>
EARSIGHT_KERNEL(kRotateThreads) rotateKernel(const RotateArguments a) {
  const int64_t half = a.width / 2;
  const int64_t index = blockIndex() * kRotateThreads + threadIndex();
  if (index >= a.rows * a.heads * half) return;
  const int64_t column = index % half, head = index / half % a.heads, row = index / half / a.heads;
  const auto* from = static_cast<const Element*>(a.from.data) + row * a.from.rowStride + head * a.from.headStride;
  auto* to = static_cast<Element*>(a.to.data) + row * a.to.rowStride + head * a.to.headStride;
  const float cos = a.cos[row * half + column], sin = a.sin[row * half + column] * a.direction;
  const float x1 = Format::toFloat(from[column]), x2 = Format::toFloat(from[column + half]);
  to[column] = static_cast<Element>(Format::pack(x1 * cos - x2 * sin, 0.0f));
  to[column + half] = static_cast<Element>(Format::pack(x2 * cos + x1 * sin, 0.0f));
}

}  // namespace earsight::attention::cuda
