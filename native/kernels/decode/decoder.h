// The decoder's layers over the rows of one pass: pre-norm blocks of attention with rotary positions and gated feed-forward
// layers. Everything is in an anonymous namespace, so that instruction sets share no code.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "attention.h"
#include "engine.h"

namespace {

using earsight::Parallel;
using earsight::decode::DecoderShape;
using earsight::decode::Engine;
using earsight::decode::LayerWeights;
using earsight::decode::Pass;

// At most this many panels a task: as many as a row alone takes at a time.
constexpr int64_t kTaskPanels = 4;

// Tasks of whole `unit`s of panels, small enough that workers end together. body(range)
void forPanels(const PackedMatrix& weight, int64_t unit, const Parallel& parallel, const auto& body) {
  constexpr int64_t kTasksAWorker = 8;
  const int64_t panels = weight.panels();
  const int64_t even = panels / (kTasksAWorker * std::max(1, parallel.workers)) / unit * unit;
  const int64_t some = std::clamp(even, unit, kTaskPanels);
  earsight::forEachTask(parallel, (panels + some - 1) / some, [&](int64_t task, int) {
    body(PanelRange{task * some, std::min(panels, (task + 1) * some), (task + parallel.workers) * some});
  });
}

// Of work that is small a row.
constexpr int64_t kRowGrain = 16;

// body(row, worker). Rows in tasks of at least `grain` rows: small work stays on one thread.
void forRows(int64_t rows, int64_t grain, const Parallel& parallel, const auto& body) {
  earsight::forEachTask(parallel, (rows + grain - 1) / grain, [&](int64_t task, int worker) {
    for (int64_t row = task * grain; row < std::min(rows, (task + 1) * grain); ++row) body(row, worker);
  });
}

// Memory that is written before it is read.
template <typename T>
std::unique_ptr<T[]> uninitialised(int64_t count) {
  return std::make_unique_for_overwrite<T[]>(static_cast<size_t>(count));
}

// Writes a panel's sums into a row of `outputs`. bias: or null
inline void storePanel(const float* sums, int64_t panel, int64_t outputs, const float* bias, float* row) {
  const int64_t begin = panel * kPanel, count = std::min(kPanel, outputs - begin);
  for (int64_t i = 0; i < count; ++i) row[begin + i] = bias == nullptr ? sums[i] : sums[i] + bias[begin + i];
}

// Sums are of lanes, then of the rest. out may be x.
void normRow(const float* x, const float* weight, int64_t width, float eps, float* out) {
  const int64_t whole = width - width % Vectors::kLanes;
  Vec squares = Vectors::zero();
  for (int64_t i = 0; i < whole; i += Vectors::kLanes) {
    const Vec value = Vectors::load(x + i);
    squares = Vectors::fma(value, value, squares);
  }
  float total = Vectors::sum(squares);
  for (int64_t i = whole; i < width; ++i) total += x[i] * x[i];
  const float scale = 1 / std::sqrt(total / static_cast<float>(width) + eps);
  const Vec scales = Vectors::set(scale);
  for (int64_t i = 0; i < whole; i += Vectors::kLanes) {
    Vectors::store(out + i, Vectors::mul(Vectors::mul(Vectors::load(x + i), scales), Vectors::load(weight + i)));
  }
  for (int64_t i = whole; i < width; ++i) out[i] = x[i] * scale * weight[i];
}

// x of the first half of a head with x of the second, in place.
inline void rotateHead(float* x, const float* cos, const float* sin, int64_t half) {
  for (int64_t d = 0; d < half; ++d) {
    const float first = x[d], second = x[d + half];
    x[d] = first * cos[d] - second * sin[d];
    x[d + half] = second * cos[d] + first * sin[d];
  }
}

// silu(gate) * up of `kPanel` outputs.
inline void gated(const float* gate, const float* up, float* out) {
  for (int64_t i = 0; i < kPanel; i += Vectors::kLanes) {
    const Vec x = Vectors::load(gate + i);
    // By e^-|x|, which does not overflow.
    const Vec magnitude = Vectors::max(x, Vectors::sub(Vectors::zero(), x));
    const Vec e = Vectors::exp(Vectors::max(Vectors::set(Vectors::kLowest), Vectors::sub(Vectors::zero(), magnitude)));
    alignas(64) float parts[2][Vectors::kLanes];
    Vectors::store(parts[0], x);
    Vectors::store(parts[1], e);
    for (int lane = 0; lane < Vectors::kLanes; ++lane) {
      const float value = parts[0][lane], small = parts[1][lane];
      const float sigmoid = (value >= 0 ? 1.0f : small) / (1.0f + small);
      out[i + lane] = value * sigmoid * up[i + lane];
    }
  }
}

// silu(gate) * up of rows: write(row, first output, its kPanel values). gateUp: panels of gate and up in turn.
template <typename W>
void gatedPanels(const PackedMatrix& gateUp, const InputTiles<W>& x, const Parallel& parallel, const auto& write) {
  forPanels(gateUp, 2, parallel, [&](const PanelRange& range) {
    alignas(64) float gate[Vectors::kMaxRows][kTaskPanels / 2][kPanel];
    productPanels(gateUp, x, range, [&](int64_t row, int64_t panel, const float* sums) {
      float* const kept = gate[row % Vectors::kMaxRows][(panel - range.first) / 2];
      if (panel % 2 == 0) {
        std::copy_n(sums, kPanel, kept);
      } else {
        alignas(64) float out[kPanel];
        gated(kept, sums, out);
        write(row, panel / 2 * kPanel, out);
      }
    });
  });
}

// All rows of a pass: write(row, head, its headDim values). buffers: one a worker.
inline void attendRows(const Attention& pass, const Partials& partials, const Parallel& parallel,
                       std::vector<AttentionBuffers>& buffers, const auto& write) {
  const AttentionPlan& plan = pass.plan;
  const int64_t kvHeads = pass.cache.kvHeads;
  withStorage(pass.cache.storage, [&]<typename W>() {
    earsight::forEachTask(parallel, static_cast<int64_t>(plan.tasks.size()) * kvHeads, [&](int64_t task, int worker) {
      attendTask<W>(pass, partials, plan.tasks[task / kvHeads], task % kvHeads, buffers[worker]);
    });
  });
  forRows(static_cast<int64_t>(pass.rows.size()), kRowGrain, parallel, [&](int64_t row, int worker) {
    joinPartials(partials, plan, row, buffers[worker].sums.data(),
                 [&](int64_t head, const float* values) { write(row, head, values); });
  });
}

// W: how all matrices are stored.
template <typename W>
class DecoderPass {
  using Tiles = InputTiles<W>;
  using Item = typename W::Item;

 public:
  DecoderPass(const Pass& pass, const Parallel& parallel)
      : pass_(pass),
        parallel_(parallel),
        shape_(pass.weights.shape),
        rows_(static_cast<int64_t>(pass.rows.size())),
        width_(pass.cache.valuePanels() * kPanel),
        qkv_(uninitialised<float>(rows_ * shape_.qkvOutputs())),
        queries_(uninitialised<float>(rows_ * shape_.heads * shape_.headDim)),
        partials_(uninitialised<float>(pass.plan.slots.back() * Partials::floats(shape_.heads, width_))),
        items_(uninitialised<Item>(Tiles::size(rows_, std::max(shape_.hidden, shape_.heads * shape_.headDim)))),
        gatedItems_(uninitialised<Item>(Tiles::size(rows_, shape_.intermediate))),
        normed_{items_.get(), rows_, shape_.hidden},
        attended_{items_.get(), rows_, shape_.heads * shape_.headDim},
        gated_{gatedItems_.get(), rows_, shape_.intermediate},
        buffers_(std::max(1, parallel.workers)),
        normedRows_(buffers_.size()) {
    for (AttentionBuffers& buffers : buffers_) buffers.fit(shape_.headDim, width_);
    for (std::vector<float>& row : normedRows_) row.resize(shape_.hidden);
  }

  void run() {
    int64_t layer = 0;
    for (const LayerWeights& weights : pass_.weights.layers) {
      if (pass_.stop != nullptr && *pass_.stop) throw earsight::decode::Stopped();
      attention(weights, layer++);
      feedForward(weights);
    }
    forRows(rows_, kRowGrain, parallel_, [&](int64_t row, int) {
      float* const x = pass_.hidden + row * shape_.hidden;
      normRow(x, pass_.weights.finalNorm, shape_.hidden, shape_.eps, x);
    });
  }

 private:
  void attention(const LayerWeights& weights, int64_t layer) {
    const int64_t headDim = shape_.headDim, outputs = shape_.qkvOutputs();
    normalise(weights.inputNorm);
    forPanels(weights.qkv, 1, parallel_, [&](const PanelRange& range) {
      productPanels(weights.qkv, normed_, range, [&](int64_t row, int64_t panel, const float* sums) {
        storePanel(sums, panel, outputs, weights.qkvBias, qkv_.get() + row * outputs);
      });
    });
    forRows(rows_, kRowGrain, parallel_, [&](int64_t row, int) { placeRow(weights, layer, row); });
    const Attention attend{pass_.cache, shape_.heads, layer,         weights.window,
                           pass_.rows,  pass_.plan,   queries_.get()};
    const Partials partials{shape_.heads, width_, partials_.get()};
    attendRows(attend, partials, parallel_, buffers_, [&](int64_t row, int64_t head, const float* values) {
      attended_.put(row, head * headDim, values, headDim);
    });
    addProduct(weights.out, attended_, weights.outBias);
  }

  // Norms and rotates the row's queries and keys; stores keys and values in the cache, and the scaled queries in queries_.
  void placeRow(const LayerWeights& weights, int64_t layer, int64_t row) {
    const int64_t headDim = shape_.headDim, heads = shape_.heads, kvHeads = shape_.kvHeads;
    float* const q = qkv_.get() + row * shape_.qkvOutputs();
    float* const k = q + heads * headDim;
    const float* const v = k + kvHeads * headDim;
    const float* const cos = pass_.cos + row * headDim / 2;
    const float* const sin = pass_.sin + row * headDim / 2;
    const auto prepare = [&](float* x, const float* norm) {
      if (norm != nullptr) normRow(x, norm, headDim, shape_.eps, x);
      rotateHead(x, cos, sin, headDim / 2);
    };
    const float scale = 1 / std::sqrt(static_cast<float>(headDim));
    for (int64_t head = 0; head < heads; ++head) {
      prepare(q + head * headDim, weights.qNorm);
      for (int64_t d = 0; d < headDim; ++d) queries_[(row * heads + head) * headDim + d] = q[head * headDim + d] * scale;
    }
    const auto& [node, index] = pass_.rows[row];
    for (int64_t head = 0; head < kvHeads; ++head) {
      prepare(k + head * headDim, weights.kNorm);
      node->pages[index / kPanel]->write(pass_.cache, layer, head, index % kPanel, k + head * headDim, v + head * headDim);
    }
  }

  void feedForward(const LayerWeights& weights) {
    normalise(weights.postNorm);
    gatedPanels(weights.gateUp, normed_, parallel_, [&](int64_t row, int64_t first, const float* values) {
      gated_.put(row, first, values, std::min(kPanel, shape_.intermediate - first));
    });
    addProduct(weights.down, gated_, nullptr);
  }

  void normalise(const float* weight) {
    const int64_t hidden = shape_.hidden;
    forRows(rows_, kRowGrain, parallel_, [&](int64_t row, int worker) {
      float* const normed = normedRows_[worker].data();
      normRow(pass_.hidden + row * hidden, weight, hidden, shape_.eps, normed);
      normed_.put(row, 0, normed, hidden);
    });
  }

  // Adds the product to the hidden states.
  void addProduct(const PackedMatrix& weight, const Tiles& x, const float* bias) {
    forPanels(weight, 1, parallel_, [&](const PanelRange& range) {
      productPanels(weight, x, range, [&](int64_t row, int64_t panel, const float* sums) {
        float* const to = pass_.hidden + row * shape_.hidden + panel * kPanel;
        const int64_t count = std::min(kPanel, weight.outputs - panel * kPanel);
        for (int64_t i = 0; i < count; ++i) to[i] += bias == nullptr ? sums[i] : sums[i] + bias[panel * kPanel + i];
      });
    });
  }

  const Pass& pass_;
  const Parallel& parallel_;
  const DecoderShape& shape_;
  const int64_t rows_, width_;
  const std::unique_ptr<float[]> qkv_, queries_, partials_;
  const std::unique_ptr<Item[]> items_, gatedItems_;
  const Tiles normed_, attended_, gated_;  // the first two are never needed at once
  std::vector<AttentionBuffers> buffers_;
  std::vector<std::vector<float>> normedRows_;  // [hidden], one a worker
};

}  // namespace
