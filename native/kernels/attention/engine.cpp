#include "engine.h"

#include <array>
#include <limits>

#include "rows.h"

namespace earsight::attention {

namespace {

// The best first; those after the portable one serve checks alone.
constexpr std::array kEngines{
#if defined(EARSIGHT_X86_KERNELS)
    &kAmxEngine, &kAvx512Bf16Engine, &kAvx512Engine, &kAvx2Engine,
#endif
    &kPortableEngine,
    &kAmxEmulatedEngine,
};

// ---- rows that no engine writes ------------------------------------------------------------------------------------

template <typename Scalar>
void zeroRows(const Rows& rows, std::span<const RowRange> idle, int64_t heads, int64_t width) {
  for (const RowRange& range : idle) {
    for (int64_t row = range.first; row < range.first + range.count; ++row) {
      for (int64_t head = 0; head < heads; ++head) std::fill_n(rowAt<Scalar>(rows, row, head), width, Scalar(0.0f));
    }
  }
}

template <typename Accumulator>
void fillIdleStatistics(const Forward& problem) {
  for (const RowRange& range : problem.plan.idleQueries) {
    for (int64_t head = 0; head < problem.shape.heads; ++head) {
      const int64_t offset = head * problem.shape.tq + range.first;
      std::fill_n(static_cast<Accumulator*>(problem.lse) + offset, range.count,
                  -std::numeric_limits<Accumulator>::infinity());
      if (!problem.mass) continue;
      std::fill_n(static_cast<Accumulator*>(problem.mass) + offset * kModalities, range.count * kModalities,
                  Accumulator(0));
    }
  }
}

}  // namespace

std::span<const Engine* const> engines() { return kEngines; }

const Engine& engineFor(const Shape& shape, Isa isa) {
  for (const Engine* engine : kEngines) {
    if (engine->isa <= isa && engine->accepts(shape)) return *engine;
  }
  return kPortableEngine;
}

void forward(const Engine& engine, const Forward& problem, const Parallel& parallel) {
  const Shape& shape = problem.shape;
  withScalar(shape.element, [&]<typename Scalar>(Scalar) {
    zeroRows<Scalar>(problem.out, problem.plan.idleQueries, shape.heads, shape.valueWidth);
    fillIdleStatistics<AccumulatorOf<Scalar>>(problem);
  });
  if (problem.plan.tiles.empty() || engine.forward(problem, parallel)) return;
  kPortableEngine.forward(problem, parallel);
}

void backward(const Engine& engine, const Backward& problem, const Parallel& parallel) {
  const Shape& shape = problem.shape;
  withScalar(shape.element, [&]<typename Scalar>(Scalar) {
    zeroRows<Scalar>(problem.dq, problem.plan.idleQueries, shape.heads, shape.width);
    zeroRows<Scalar>(problem.dk, problem.plan.idleKeys, shape.keyHeads, shape.width);
    zeroRows<Scalar>(problem.dv, problem.plan.idleKeys, shape.keyHeads, shape.valueWidth);
  });
  if (problem.plan.tiles.empty() || engine.backward(problem, parallel)) return;
  kPortableEngine.backward(problem, parallel);
}

}  // namespace earsight::attention
