#include "engine.h"

#include <array>
#include <atomic>
#include <limits>

#include "rows.h"

namespace earsight::attention {

namespace {

// The best first.
constexpr std::array kEngines{
#if defined(EARSIGHT_X86_KERNELS)
    &kAvx512Bf16Engine, &kAvx512Engine, &kAvx2Engine,
#endif
    &kPortableEngine,
    &kAmxEmulatedEngine,
#if defined(EARSIGHT_X86_KERNELS)
    &kAmxEngine,
#endif
};

// ---- rows that no engine touches -----------------------------------------------------------------------------------

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
      const int64_t place = head * problem.shape.tq + range.first;
      std::fill_n(static_cast<Accumulator*>(problem.lse) + place, range.count,
                  -std::numeric_limits<Accumulator>::infinity());
      if (!problem.mass) continue;
      std::fill_n(static_cast<Accumulator*>(problem.mass) + place * kModalities, range.count * kModalities,
                  Accumulator(0));
    }
  }
}

// ---- infinities and NaN --------------------------------------------------------------------------------------------

template <typename Scalar>
bool finite(const ConstRows& rows, int64_t row, int64_t heads, int64_t width) {
  bool all = true;
  for (int64_t head = 0; head < heads; ++head) {
    const Scalar* values = rowAt<Scalar>(rows, row, head);
    for (int64_t d = 0; d < width; ++d) {
      if constexpr (std::is_same_v<Scalar, BFloat16>) {
        all &= (values[d].bits & 0x7f80) != 0x7f80;
      } else {
        const auto value = static_cast<AccumulatorOf<Scalar>>(values[d]);
        all &= value - value == 0;
      }
    }
  }
  return all;
}

template <typename Scalar>
bool keysFinite(const Problem& problem, const Parallel& parallel) {
  const Shape& shape = problem.shape;
  std::atomic<bool> all{true};
  forEachTask(parallel, static_cast<int64_t>(problem.plan.blocks.size()), [&](int64_t task, int) {
    const Block& block = problem.plan.blocks[task];
    bool here = true;
    for (int64_t row = block.key; row < block.key + block.keys; ++row) {
      here &= finite<Scalar>(problem.k, row, shape.keyHeads, shape.width) &&
              finite<Scalar>(problem.v, row, shape.keyHeads, shape.valueWidth);
    }
    if (!here) all.store(false, std::memory_order_relaxed);
  });
  return all;
}

// Masked products multiply by zero in the tuned engines, which hides no infinity and no NaN.
const Engine& careful(const Engine& engine, const Problem& problem, const Parallel& parallel) {
  if (&engine == &kPortableEngine) return engine;
  bool finite = true;
  withScalar(problem.shape.element,
             [&]<typename Scalar>(Scalar) { finite = keysFinite<Scalar>(problem, parallel); });
  return finite ? engine : kPortableEngine;
}

// delta_i = dOut_i . out_i + sum_m dMass_im mass_im - dLse_i
template <typename Scalar>
std::vector<AccumulatorOf<Scalar>> deltas(const Backward& problem, const Parallel& parallel) {
  using Accumulator = AccumulatorOf<Scalar>;
  const Shape& shape = problem.shape;
  std::vector<Accumulator> delta(shape.heads * shape.tq);
  forEachTask(parallel, static_cast<int64_t>(problem.plan.tiles.size()), [&](int64_t task, int) {
    const Tile& tile = problem.plan.tiles[task];
    for (const int64_t row : problem.plan.rows.subspan(tile.firstRow, tile.rows)) {
      for (int64_t head = 0; head < shape.heads; ++head) {
        const Scalar* out = rowAt<Scalar>(problem.out, row, head);
        const Scalar* dOut = rowAt<Scalar>(problem.dOut, row, head);
        Accumulator sum = 0;
        for (int64_t d = 0; d < shape.valueWidth; ++d) {
          sum += static_cast<Accumulator>(out[d]) * static_cast<Accumulator>(dOut[d]);
        }
        const int64_t place = head * shape.tq + row;
        if (problem.dMass) {
          const auto* dMass = static_cast<const Accumulator*>(problem.dMass) + row * problem.dMassRow +
                              head * problem.dMassHead;
          const auto* mass = static_cast<const Accumulator*>(problem.mass) + place * kModalities;
          for (int m = 0; m < kModalities; ++m) sum += dMass[m] * mass[m];
        }
        if (problem.dLse) sum -= static_cast<const Accumulator*>(problem.dLse)[place];
        delta[place] = sum;
      }
    }
  });
  return delta;
}

}  // namespace

std::span<const Engine* const> engines() { return kEngines; }

const Engine& engineFor(const Shape& shape) {
  for (const Engine* engine : kEngines) {
    if (engine->isa <= chosenIsa() && engine->accepts(shape)) return *engine;
  }
  return kPortableEngine;
}

void forward(const Engine& engine, const Forward& problem, const Parallel& parallel) {
  const Shape& shape = problem.shape;
  withScalar(shape.element, [&]<typename Scalar>(Scalar) {
    zeroRows<Scalar>(problem.out, problem.plan.idleQueries, shape.heads, shape.valueWidth);
    fillIdleStatistics<AccumulatorOf<Scalar>>(problem);
  });
  if (!problem.plan.tiles.empty()) careful(engine, problem, parallel).forward(problem, parallel);
}

void backward(const Engine& engine, const Backward& given, const Parallel& parallel) {
  const Shape& shape = given.shape;
  withScalar(shape.element, [&]<typename Scalar>(Scalar) {
    zeroRows<Scalar>(given.dq, given.plan.idleQueries, shape.heads, shape.width);
    zeroRows<Scalar>(given.dk, given.plan.idleKeys, shape.keyHeads, shape.width);
    zeroRows<Scalar>(given.dv, given.plan.idleKeys, shape.keyHeads, shape.valueWidth);
    if (given.plan.tiles.empty()) return;
    const auto delta = deltas<Scalar>(given, parallel);
    Backward problem = given;
    problem.delta = delta.data();
    careful(engine, problem, parallel).backward(problem, parallel);
  });
}

}  // namespace earsight::attention
