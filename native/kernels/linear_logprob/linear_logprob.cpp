// Forward and backward around the passes: from values by item to values by row and back, and the hidden states' gradient.
#include "linear_logprob.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "../bfloat16.h"
#include "../float16.h"
#include "engine.h"

namespace earsight::linear_logprob {

namespace {

// The best first; those after the portable one serve checks alone.
constexpr std::array kEngines{
#if defined(EARSIGHT_X86_KERNELS)
    &kAmxEngine, &kAvx512Bf16Engine, &kAvx512Engine, &kAvx2Engine,
#endif
    &kPortableEngine,
    &kAmxEmulatedEngine,
};

}  // namespace

std::span<const Engine* const> engines() { return kEngines; }

const Engine& engineFor(Element element, Isa isa) {
  for (const Engine* engine : kEngines) {
    if (engine->isa <= isa && engine->accepts(element)) return *engine;
  }
  return kPortableEngine;
}

namespace {

template <typename Accumulator>
void forwardAs(const Engine& engine, const Head& head, const Targets& targets, const Outputs& out, const Saved& saved,
               const Parallel& parallel) {
  std::vector<Accumulator> logp(static_cast<size_t>(targets.count()));
  engine.statistics(head, targets, {saved.lse, saved.entropy, logp.data(), saved.mean, saved.tiles}, parallel);
  const auto* lse = static_cast<const Accumulator*>(saved.lse);
  const auto* entropy = static_cast<const Accumulator*>(saved.entropy);
  for (int64_t u = 0; u < targets.rows(); ++u) {
    for (int64_t target = targets.first[u]; target < targets.first[u + 1]; ++target) {
      const int64_t item = targets.item[target];
      static_cast<Accumulator*>(out.logp)[item] = logp[target];
      static_cast<Accumulator*>(out.lse)[item] = lse[u];
      static_cast<Accumulator*>(out.entropy)[item] = entropy[u];
    }
  }
}

// Writes rows of dHidden: body(u, total) fills the accumulators of rows with targets; the others are 0.
template <typename T, typename Accumulator, typename Body>
void writeHidden(const Head& head, const Targets& targets, T* dHidden, int64_t rows, const Parallel& parallel,
                 const Body& body) {
  const int64_t width = head.width;
  const auto scale = static_cast<Accumulator>(1 / head.temperature);
  constexpr int64_t kRowsATask = 32;
  forEachTask(parallel, (rows + kRowsATask - 1) / kRowsATask, [&](int64_t task, int) {
    const int64_t first = task * kRowsATask, last = std::min(rows, first + kRowsATask);
    std::vector<Accumulator> total(static_cast<size_t>(width));
    int64_t u = std::lower_bound(targets.row.begin(), targets.row.end(), first) - targets.row.begin();
    for (int64_t row = first; row < last; ++row) {
      T* out = dHidden + row * width;
      if (u == targets.rows() || targets.row[u] != row) {
        std::fill_n(out, width, static_cast<T>(Accumulator{0}));
        continue;
      }
      body(u++, total.data());
      for (int64_t h = 0; h < width; ++h) out[h] = static_cast<T>(total[h] * scale);
    }
  });
}

// dHidden from the saved mean: sum_y dLogp_y weight[y] - constant mean.
template <typename T, typename Accumulator>
void hiddenFromMean(const Head& head, const Targets& targets, const Accumulator* dLogp, const Accumulator* constant,
                    const Accumulator* mean, T* dHidden, int64_t rows, const Parallel& parallel) {
  const int64_t width = head.width;
  writeHidden<T, Accumulator>(head, targets, dHidden, rows, parallel, [&](int64_t u, Accumulator* total) {
    for (int64_t h = 0; h < width; ++h) total[h] = -constant[u] * mean[u * paddedWidth(width) + h];
    for (int64_t target = targets.first[u]; target < targets.first[u + 1]; ++target) {
      const T* weight = static_cast<const T*>(head.weight) + targets.token[target] * head.weightStride;
      for (int64_t h = 0; h < width; ++h) total[h] += dLogp[target] * static_cast<Accumulator>(weight[h]);
    }
  });
}

template <typename T, typename Accumulator>
void backwardAs(const Engine& engine, const Head& head, const Targets& targets, const Saved& saved,
                const Upstream& upstream, const Gradients& gradients, const Parallel& parallel) {
  const auto at = [](const void* values, int64_t item) {
    return values == nullptr ? Accumulator{0} : static_cast<const Accumulator*>(values)[item];
  };
  const auto rows = static_cast<size_t>(targets.rows());
  std::vector<Accumulator> constant(rows, 0), dEntropy(rows, 0), dLogp(static_cast<size_t>(targets.count()));
  for (int64_t u = 0; u < targets.rows(); ++u) {
    for (int64_t target = targets.first[u]; target < targets.first[u + 1]; ++target) {
      const int64_t item = targets.item[target];
      dLogp[target] = at(upstream.logp, item);
      constant[u] += dLogp[target] - at(upstream.lse, item);
      dEntropy[u] += at(upstream.entropy, item);
    }
    if (dEntropy[u] != 0) constant[u] += dEntropy[u] * at(saved.entropy, u);
  }
  const bool withEntropy = std::any_of(dEntropy.begin(), dEntropy.end(), [](Accumulator x) { return x != 0; });
  const ScoreGradient gradient{saved.lse, constant.data(), withEntropy ? dEntropy.data() : nullptr, dLogp.data(),
                               withEntropy ? SavedTiles{} : saved.tiles};

  if (gradients.hidden != nullptr) {
    auto* out = static_cast<T*>(gradients.hidden);
    if (saved.mean != nullptr && !withEntropy) {
      hiddenFromMean(head, targets, dLogp.data(), constant.data(), static_cast<const Accumulator*>(saved.mean), out,
                     gradients.rows, parallel);
    } else {
      const int64_t width = paddedWidth(head.width);
      std::vector<Accumulator> sum(rows * static_cast<size_t>(width));
      engine.hiddenSum(head, targets, gradient, sum.data(), parallel);
      writeHidden<T, Accumulator>(head, targets, out, gradients.rows, parallel, [&](int64_t u, Accumulator* total) {
        std::copy_n(&sum[static_cast<size_t>(u * width)], head.width, total);
      });
    }
  }
  if (gradients.weight != nullptr || gradients.bias != nullptr) {
    engine.weightGradient(head, targets, gradient,
                          {gradients.weight, gradients.weightStride, gradients.addToWeight, gradients.bias}, parallel);
  }
}

}  // namespace

void forward(const Engine& engine, const Head& head, const Targets& targets, const Outputs& out, const Saved& saved,
             const Parallel& parallel) {
  if (head.element == Element::kDouble) return forwardAs<double>(engine, head, targets, out, saved, parallel);
  forwardAs<float>(engine, head, targets, out, saved, parallel);
}

void backward(const Engine& engine, const Head& head, const Targets& targets, const Saved& saved,
              const Upstream& upstream, const Gradients& gradients, const Parallel& parallel) {
  const auto as = [&]<typename T, typename Accumulator>(T, Accumulator) {
    backwardAs<T, Accumulator>(engine, head, targets, saved, upstream, gradients, parallel);
  };
  switch (head.element) {
    case Element::kBFloat16: return as(BFloat16(), 0.0f);
    case Element::kHalf: return as(Float16(), 0.0f);
    case Element::kFloat: return as(0.0f, 0.0f);
    case Element::kDouble: return as(0.0, 0.0);
  }
}

}  // namespace earsight::linear_logprob
