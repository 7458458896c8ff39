// The pass over rows in plain loops, which the compiler turns into the vectors of the instruction set whose unit includes it.
// Everything is in an anonymous namespace, so that instruction sets share no code.
#pragma once

#include <cmath>

#include "rms_norm.h"

namespace earsight::rms_norm {
namespace {

// Sums of a row: a vector of the widest set.
constexpr int64_t kLanes = 16;

inline float widened(float x) { return x; }
inline float widened(BFloat16 x) { return static_cast<float>(x); }

template <class X, class Y>
void normRow(const X* __restrict x, const float* __restrict weight, int64_t width, float eps, Y* __restrict y) {
  float lanes[kLanes] = {};
  const int64_t whole = width / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const float value = widened(x[i + lane]);
      lanes[lane] += value * value;
    }
  }
  for (int64_t i = whole; i < width; ++i) lanes[i - whole] += widened(x[i]) * widened(x[i]);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  const float scale = 1 / std::sqrt(lanes[0] / static_cast<float>(width) + eps);
  for (int64_t i = 0; i < width; ++i) y[i] = Y(widened(x[i]) * scale * weight[i]);
}

template <class X, class Y>
void normRows(const Rows<X, Y>& problem, int64_t begin, int64_t end) {
  const auto& [x, weight, eps, rows, width, y] = problem;
  for (int64_t row = begin; row < end; ++row) normRow(x + row * width, weight, width, eps, y + row * width);
}

constexpr Engine engineOf(Isa isa) {
  return {isa, normRows<float, float>, normRows<float, BFloat16>, normRows<BFloat16, float>, normRows<BFloat16, BFloat16>};
}

}  // namespace
}  // namespace earsight::rms_norm
