// delta = dOut . out + sum_m dMass_m mass_m - dLse, which backward subtracts from every score gradient of a row.
#pragma once

#include "arguments.h"
#include "panel.h"

namespace earsight::attention::cuda {

constexpr int kDeltaThreads = 256;

// One warp for each query row and head.
template <typename Format>
EARSIGHT_KERNEL(kDeltaThreads) deltaKernel(const DeltaArguments a) {
  const int64_t index = blockIndex() * (kDeltaThreads / 32) + warpIndex();
  if (index >= a.tq * a.heads) return;
  const int64_t head = index % a.heads, row = index / a.heads, offset = head * a.tq + row;
  const auto at = [&](const ConstRows& rows) {
    return static_cast<const Element*>(rows.data) + row * rows.rowStride + head * rows.headStride;
  };
  const Element* out = at(a.out);
  const Element* dOut = at(a.dOut);
  float sum = 0;
  for (int column = laneIndex(); column < a.valueWidth; column += 32) {
    sum += Format::toFloat(dOut[column]) * Format::toFloat(out[column]);
  }
  if (a.dMass != nullptr && laneIndex() < kModalities) {
    sum += a.dMass[row * a.dMassRow + head * a.dMassHead + laneIndex()] * a.mass[offset * kModalities + laneIndex()];
  }
  for (int distance = 16; distance > 0; distance /= 2) sum += shuffleXor(sum, distance);
  if (laneIndex() == 0) a.delta[offset] = a.dLse == nullptr ? sum : sum - a.dLse[offset];
}

}  // namespace earsight::attention::cuda
